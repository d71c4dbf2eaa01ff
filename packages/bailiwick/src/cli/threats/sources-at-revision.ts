import { spawnSync } from 'node:child_process'
import { basename, dirname, join, resolve } from 'node:path'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { RulesetTexts } from '../../model/load-ruleset.ts'
import { emptyLock, lockFile, parseLock } from '../../model/lock.ts'

const patience = 20_000
const mostBytes = 64 * 1024 * 1024

/**
 * What a ruleset was made from at a git revision: the manifest of the same name, and the lock and the policies beside it.
 * @throws BailiwickError `REVISION_UNREADABLE` when git, the revision or the manifest in it is not there
 */
export function textsAtRevision(manifestPath: string, revision: string): RulesetTexts {
  const path = resolve(manifestPath)
  const base = dirname(path)
  // A name that begins with a hyphen would be an option; one with a colon, a file instead of a revision.
  if (!/^[A-Za-z0-9_@][A-Za-z0-9_@./^~{}+-]*$/.test(revision)) throw unreadable(revision, 'it is not a revision that git takes')
  const commit = git(base, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])?.trim()
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) throw unreadable(revision, 'git does not know it here')
  // As it was stored: `git show` could run a filter that the repository configures.
  const show = (file: string): string | null => git(base, ['cat-file', 'blob', `${commit}:./${file}`])
  const text = show(basename(path))
  if (text === null) throw unreadable(revision, `it has no \`${basename(path)}\` in this folder`)
  const locked = show(lockFile)
  const lock = locked === null ? emptyLock : parseLock(locked)
  if (lock === null) throw unreadable(revision, `its \`${lockFile}\` is not of the form that \`bailiwick pin\` writes`)
  const names = (git(base, ['ls-tree', '-z', '--name-only', commit, './policies/']) ?? '').split('\0').map((name) => basename(name))
  const policies = names
    .filter((name) => name.endsWith('.cedar'))
    .sort()
    .map((name) => ({ file: `${revision}:${join('policies', name)}`, name, text: show(`policies/${name}`) ?? '' }))
  return { file: basename(path), text, lock, policies, base }
}

/** What git prints; null when it says no. */
function git(cwd: string, args: readonly string[]): string | null {
  const { status, stdout, error } = spawnSync('git', args, { cwd, encoding: 'utf8', timeout: patience, maxBuffer: mostBytes })
  if (error !== undefined)
    throw new BailiwickError('REVISION_UNREADABLE', `git could not be run: ${error.message}`, {
      mend: 'install git, or leave out `--since`',
      cause: error,
    })
  return status === 0 ? stdout : null
}

function unreadable(revision: string, why: string): BailiwickError {
  return new BailiwickError('REVISION_UNREADABLE', `the rules at \`${revision}\` cannot be read: ${why}`, {
    mend: 'name a commit, tag or branch of the repository that the manifest is in',
  })
}
