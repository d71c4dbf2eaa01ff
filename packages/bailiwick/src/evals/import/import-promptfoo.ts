import { basename } from 'node:path'
import type { Diagnostic } from '../../model/diagnostic.ts'
import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { asSuite, readYaml } from '../case/read-yaml.ts'
import { casesOf } from './imported-cases.ts'
import type { ImportedCase } from './imported-cases.ts'
import { ImportFindings } from './import-findings.ts'
import { withMerges } from './promptfoo-config.ts'
import { readPrompts } from './promptfoo-prompts.ts'
import { readTests, wholeRepeat } from './promptfoo-tests.ts'

/** A suite in the form in which it is written. */
interface ImportedSuite {
  readonly version: 1
  readonly agent: string
  readonly goal: string
  readonly params?: JsonObject
  readonly repeat?: number
  readonly underTest: { readonly script: readonly [] }
  readonly cases: readonly ImportedCase[]
}

export interface ImportInto {
  readonly agent: string
  readonly goal: string
  readonly params: JsonObject
  readonly ruleset: Ruleset
}

export interface Imported {
  /** Null when not one case could be made. */
  readonly suite: ImportedSuite | null
  /** What the file says about itself; null when nothing. */
  readonly description: string | null
  readonly diagnostics: readonly Diagnostic[]
}

const longest = 1_000_000
/** To read a map takes the square of the time that it has keys. */
const mostParts = 40_000
const topKeys = [
  'description',
  'prompts',
  'tests',
  'scenarios',
  'defaultTest',
  'providers',
  'targets',
  'evaluateOptions',
  'assertionTemplates',
]

/**
 * A file of promptfoo as a suite. Whatever cannot be carried over is reported where it stands: an assertion or a setting as a warning, a test
 * as an error. Never throws for what a file could hold.
 * @param file as messages name it
 */
export function importPromptfoo(file: string, text: string, into: ImportInto): Imported {
  const failed = (diagnostics: readonly Diagnostic[]): Imported => ({ suite: null, description: null, diagnostics })
  const refused = (message: string, mend: string) =>
    failed([{ code: 'SUITE_INVALID', severity: 'error', file, line: 1, column: 1, message, mend }])
  if (text.length > longest) return refused(`the file has ${text.length} characters, over ${longest}`, 'split the file')
  const parts = text.match(/[,\n]/g)?.length ?? 0
  if (parts > mostParts) return refused(`the file has ${parts} lines and commas, over ${mostParts}`, 'split the file')
  const read = readYaml(file, text)
  if ('diagnostics' in read) return failed(read.diagnostics)
  const unusable = read.yaml.unusableKeys()
  if (unusable.length > 0) return failed(unusable.map(asSuite))
  const merged = withMerges(read.value)
  if (merged === null) return refused('something in it is a part of itself, or within too much else', 'write it plainly')
  const config = merged.value
  if (!isJsonObject(config)) return refused('it is no object with `prompts` and `tests`', 'give the configuration of promptfoo')
  const found = new ImportFindings(read.yaml)
  const cases = casesOf(readTests(config, found), readPrompts(config['prompts'], found), {
    config,
    file: basename(file),
    goal: into.goal,
    ruleset: into.ruleset,
    found,
    known: new Map(),
  })
  settings(config, found)
  if (found.tooMany) return failed([...found.all(), tooMany(file)])
  const repeat = isJsonObject(config['evaluateOptions']) ? wholeRepeat(config['evaluateOptions']['repeat']) : null
  if (cases.length === 0)
    found.report('error', [], 'there is no test that could be carried over', 'write a suite by hand, with `bailiwick new suite`')
  const { agent, goal, params } = into
  return {
    suite:
      cases.length === 0
        ? null
        : {
            version: 1,
            agent,
            goal,
            ...(Object.keys(params).length === 0 ? {} : { params }),
            ...(repeat === null || repeat === 1 ? {} : { repeat }),
            underTest: { script: [] },
            cases,
          },
    description: typeof config['description'] === 'string' ? config['description'] : null,
    diagnostics: found.all(),
  }
}

function tooMany(file: string): Diagnostic {
  const message = 'there is more that cannot be carried over than is listed here'
  return { code: 'SUITE_INVALID', severity: 'error', file, line: 1, column: 1, message, mend: 'split the file' }
}

function settings(config: JsonObject, found: ImportFindings): void {
  found.unread(config, [], topKeys, 'the file')
  for (const key of ['providers', 'targets'])
    if (config[key] !== undefined)
      found.report(
        'warning',
        [key],
        `\`${key}\` is not carried over: what promptfoo asks is no agent here`,
        'put the agent under `underTest` in the suite: a command, a URL, a module or a recorded session',
        'key',
      )
  const { evaluateOptions } = config
  if (evaluateOptions === undefined) return
  const object = isJsonObject(evaluateOptions) ? evaluateOptions : {}
  found.unread(object, ['evaluateOptions'], wholeRepeat(object['repeat']) === null ? [] : ['repeat'], 'the options')
}
