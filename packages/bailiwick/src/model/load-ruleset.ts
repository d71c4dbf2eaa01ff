import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { BailiwickError } from './bailiwick-error.ts'
import { compileRuleset } from './compile-ruleset.ts'
import type { CompiledRuleset, RulesetSources } from './compile-ruleset.ts'
import { placeOf } from './diagnostic.ts'
import type { Diagnostic } from './diagnostic.ts'
import { emptyLock, lockFile, parseLock } from './lock.ts'
import type { Lock } from './lock.ts'
import { trustDomainSchema } from './manifest-schema.ts'
import type { PolicyFile } from './policy-source.ts'
import { readManifest } from './read-manifest.ts'
import type { Ruleset } from './ruleset.ts'
import { YamlSource } from './yaml-source.ts'

/** Everything that a ruleset is made from, as it is on disk; null where that cannot be read so far, with the findings. */
export interface ReadSources {
  readonly sources: RulesetSources | null
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads a manifest with the lock and the policies beside it, and checks their form. @throws BailiwickError as {@link checkRuleset} does */
export function readSources(manifestPath: string, shownFrom: string = process.cwd()): ReadSources {
  const path = resolve(manifestPath)
  const base = dirname(path)
  const shown = (file: string): string => relative(shownFrom, file) || basename(file)
  assertManifest(path, manifestPath)
  const yaml = new YamlSource(shown(path), readText(path))
  const read = readManifest(yaml)
  const lockPath = join(base, lockFile)
  const lock = existsSync(lockPath) ? parseLock(readText(lockPath)) : emptyLock
  const lockFindings: Diagnostic[] =
    lock === null
      ? [
          {
            code: 'LOCK_INVALID',
            severity: 'error',
            file: shown(lockPath),
            line: 1,
            column: 1,
            message: 'the lock file is not of the form that `bailiwick pin` writes',
            mend: 'restore it from version control, or run `bailiwick pin` again',
          },
        ]
      : []
  if (read.manifest === null || lock === null) return { sources: null, diagnostics: [...read.diagnostics, ...lockFindings] }
  return { sources: { yaml, manifest: read.manifest, lock, policies: policyFiles(join(base, 'policies'), shown), base }, diagnostics: [] }
}

/**
 * Reads and checks a manifest with the lock and the policies beside it. Files in findings are named relative to `shownFrom`.
 * @throws BailiwickError `MANIFEST_NOT_FOUND` when there is no such file, `RULES_UNREADABLE` when it or what lies beside it cannot be read
 */
export function checkRuleset(manifestPath: string, shownFrom: string = process.cwd()): CompiledRuleset {
  const read = readSources(manifestPath, shownFrom)
  if (read.sources === null) return { ruleset: null, diagnostics: read.diagnostics }
  const { policies, base } = read.sources
  const { ruleset, diagnostics } = compileRuleset(read.sources)
  if (ruleset === null) return { ruleset, diagnostics }
  // A policy that is a link lives elsewhere, and must be as far beyond a tool's reach there.
  const folder = join(base, 'policies')
  const linked = policies.map(({ name }) => join(folder, name)).filter((file) => readable(file, () => lstatSync(file)).isSymbolicLink())
  return { ruleset: { ...ruleset, own: [...ruleset.own, ...linked] }, diagnostics }
}

/**
 * The same, for when nothing but a usable ruleset will do.
 * @throws BailiwickError with the code of the first error and every finding
 */
export function loadRuleset(manifestPath: string): Ruleset {
  const { ruleset, diagnostics } = checkRuleset(manifestPath)
  if (ruleset !== null) return ruleset
  const errors = diagnostics.filter((finding) => finding.severity === 'error')
  const first = errors[0] as Diagnostic
  throw new BailiwickError(
    first.code,
    errors.length === 1
      ? `${placeOf(first)}: ${first.message}`
      : `${errors.length} errors, the first at ${placeOf(first)}: ${first.message}`,
    { diagnostics: errors, mend: first.mend },
  )
}

/**
 * The trust domain that a manifest names, whatever else is wrong in it or beside it.
 * @throws BailiwickError `MANIFEST_NOT_FOUND`, `RULES_UNREADABLE`, or the finding that stands against reading it
 */
export function trustDomainOf(manifestPath: string): string {
  const path = resolve(manifestPath)
  assertManifest(path, manifestPath)
  const yaml = new YamlSource(relative(process.cwd(), path) || basename(path), readText(path))
  const [finding] = yaml.syntaxFindings()
  const value = finding === undefined ? yaml.value() : null
  const domain = typeof value === 'object' && value !== null ? (value as { readonly trustDomain?: unknown }).trustDomain : undefined
  const parsed = trustDomainSchema.safeParse(domain)
  if (parsed.success) return parsed.data
  const problem = finding ?? yaml.finding('MANIFEST_TYPE', ['trustDomain'], 'the manifest names no trust domain', 'add `trustDomain`')
  throw new BailiwickError(problem.code, `${placeOf(problem)}: ${problem.message}`, { diagnostics: [problem], mend: problem.mend })
}

/** What a ruleset is compiled from, as it stands in the files. */
export interface RulesetTexts {
  /** The manifest as shown in findings, relative to the working directory. */
  readonly file: string
  readonly text: string
  readonly lock: Lock
  readonly policies: readonly PolicyFile[]
  /** The folder of the manifest, absolute. */
  readonly base: string
}

/**
 * Reads what a ruleset is compiled from and compiles nothing.
 * @throws BailiwickError `MANIFEST_NOT_FOUND`, `RULES_UNREADABLE` or `LOCK_INVALID`
 */
export function readRulesetTexts(manifestPath: string): RulesetTexts {
  const path = resolve(manifestPath)
  const base = dirname(path)
  const shown = (file: string): string => relative(process.cwd(), file) || basename(file)
  assertManifest(path, manifestPath)
  return { file: shown(path), text: readText(path), lock: readLock(base), policies: policyFiles(join(base, 'policies'), shown), base }
}

/** Compiles texts, those of files or changed ones. Total: whatever is wrong is among the diagnostics. */
export function compileTexts({ file, text, lock, policies, base }: RulesetTexts): CompiledRuleset {
  const yaml = new YamlSource(file, text)
  const read = readManifest(yaml)
  return read.manifest === null
    ? { ruleset: null, diagnostics: read.diagnostics }
    : compileRuleset({ yaml, manifest: read.manifest, lock, policies, base })
}

/** The lock beside a manifest; an empty one when there is none. @throws BailiwickError `LOCK_INVALID` */
export function readLock(base: string): Lock {
  const path = join(base, lockFile)
  if (!existsSync(path)) return emptyLock
  const lock = parseLock(readText(path))
  if (lock === null)
    throw new BailiwickError('LOCK_INVALID', `\`${path}\` is not of the form that \`bailiwick pin\` writes`, {
      mend: 'restore it from version control, or delete it and pin again',
    })
  return lock
}

function assertManifest(path: string, asGiven: string): void {
  if (existsSync(path) && statSync(path).isFile()) return
  throw new BailiwickError('MANIFEST_NOT_FOUND', `there is no manifest at \`${asGiven}\``, {
    mend: 'run `bailiwick init` to write one, or name it with `--manifest`',
  })
}

function policyFiles(folder: string, shown: (file: string) => string): PolicyFile[] {
  // A link that leads nowhere is not a missing folder: policies were meant to be there.
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return []
  return readable(folder, () => readdirSync(folder))
    .filter((name) => name.endsWith('.cedar'))
    .sort()
    .map((name) => ({ file: shown(join(folder, name)), name, text: readText(join(folder, name)) }))
}

function readText(path: string): string {
  return readable(path, () => readFileSync(path, 'utf8'))
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new BailiwickError('RULES_UNREADABLE', `\`${path}\` cannot be read: ${code}`, {
      mend: 'give the gateway the right to read it, or mend the link',
      cause: error,
    })
  }
}
