import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { targetsOf } from '../../src/evals/redteam/red-team.ts'
import type { Target } from '../../src/evals/attacks/attack.ts'
import { compileRuleset } from '../../src/model/compile-ruleset.ts'
import type { RulesetSources } from '../../src/model/compile-ruleset.ts'
import { readManifest } from '../../src/model/read-manifest.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { YamlSource } from '../../src/model/yaml-source.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'
import { pinned } from '../decide/ruleset-for.ts'

const example = fileURLToPath(new URL('../../../../examples/secure-data-analyst/', import.meta.url))

export interface TestRules {
  readonly sources: RulesetSources
  readonly ruleset: Ruleset
  readonly targets: readonly Target[]
}

/** Rules from texts, with what evaluations need of them. */
export function rulesFrom({ manifest: text, schemas = {}, policies = {}, base = '/srv/corp' }: RulesetText): TestRules {
  const yaml = new YamlSource('bailiwick.yaml', text)
  const read = readManifest(yaml)
  if (read.manifest === null) throw new Error(JSON.stringify(read.diagnostics))
  const files = Object.entries(policies).map(([name, cedar]) => ({ name, file: `policies/${name}`, text: cedar }))
  const sources: RulesetSources = { yaml, ...pinned(read.manifest, schemas), policies: files, base }
  const { ruleset, diagnostics } = compileRuleset(sources)
  if (ruleset === null) throw new Error(JSON.stringify(diagnostics))
  return { sources, ruleset, targets: targetsOf(ruleset, []).targets }
}

/** A copy of the worked example's rules, gone when the test is over, or whatever else `whenOver` waits for. */
export function exampleCopy(whenOver: (work: () => void) => void = onTestFinished): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bailiwick-evals-')))
  whenOver(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['bailiwick.yaml', 'bailiwick.lock.json', 'policies'])
    cpSync(join(example, name), join(folder, name), { recursive: true })
  return folder
}

/** Changes a file in a folder, and fails when there is nothing to change. Returns the line of what was changed. */
export function edit(folder: string, name: string, from: string, to: string): number {
  const path = join(folder, name)
  const text = readFileSync(path, 'utf8')
  const at = text.indexOf(from)
  if (at === -1) throw new Error(`${name} does not hold ${from}`)
  writeFileSync(path, `${text.slice(0, at)}${to}${text.slice(at + from.length)}`)
  return text.slice(0, at).split('\n').length
}
