import { dirname, resolve } from 'node:path'
import { labNoon } from '../lab/lab.ts'
import { milliseconds } from '../../model/quantity.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import type { JsonObject } from '../../model/json.ts'
import { formFindings } from '../../model/read-manifest.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { YamlPath, YamlSource } from '../../model/yaml-source.ts'
import { withBase } from '../case/read-cases.ts'
import { asSuite, readYaml } from '../case/read-yaml.ts'
import { filled } from './placeholders.ts'
import { suiteFindings } from './suite-findings.ts'
import { suiteFileSchema } from './suite-schema.ts'
import type {
  Shared,
  SuiteFile,
  WrittenAgentCase,
  WrittenModel,
  WrittenPolicyCase,
  WrittenPromptCase,
  WrittenUnderTest,
} from './suite-file.ts'
import type { AgentCase, ModelSource, PlacedSuiteCase, PolicyCase, PromptCase, SuiteCase, UnderTest } from './suite.ts'

/** A suite as it was read; `cases` are empty when there are diagnostics. */
export interface ReadSuite {
  readonly name: string
  readonly cases: readonly PlacedSuiteCase[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads a file of `suites/` against a ruleset. Never throws for what a file could hold; every finding has its place.
 * @param file as messages name it
 * @param path where the file lies: paths in it are relative to its folder
 */
export function readSuite(file: string, path: string, text: string, ruleset: Ruleset): ReadSuite {
  const failed = (diagnostics: readonly Diagnostic[]): ReadSuite => ({ name: file, cases: [], diagnostics })
  const read = readYaml(file, text)
  if ('diagnostics' in read) return failed(read.diagnostics)
  const { yaml, value } = read
  const unusable = yaml.unusableKeys()
  if (unusable.length > 0) return failed(unusable.map(asSuite))
  const parsed = suiteFileSchema.safeParse(value, { reportInput: true })
  if (!parsed.success) return failed(formFindings(yaml, parsed.error).map(asSuite))
  const folder = dirname(path)
  const suite = parsed.data
  const diagnostics = suiteFindings(yaml, suite, ruleset, folder)
  if (diagnostics.length > 0) return failed(diagnostics)
  const name = suite.name ?? file.replace(/^.*\//, '').replace(/\.ya?ml$/, '')
  const cases = suite.cases.map((one, index): PlacedSuiteCase => ({
    suite: name,
    case: caseOf(one, suite, ruleset, folder),
    placeOf: placesOf(yaml, index, one.kind),
  }))
  return { name, cases, diagnostics: [] }
}

function placesOf(yaml: YamlSource, index: number, kind: SuiteCase['kind']): PlacedSuiteCase['placeOf'] {
  const root = ['cases', index, ...(kind === 'policy' ? ['steps'] : ['expect'])]
  return (path) => {
    const at: YamlPath = path.length === 0 ? ['cases', index, 'name'] : [...root, ...path]
    return { file: yaml.file, ...yaml.lineAndColumn(at) }
  }
}

function caseOf(
  written: WrittenAgentCase | WrittenPolicyCase | WrittenPromptCase,
  suite: SuiteFile,
  ruleset: Ruleset,
  folder: string,
): SuiteCase {
  if (written.kind === 'prompt') return promptCase(written, folder)
  return written.kind === 'policy' ? policyCase(written, suite, ruleset.base) : agentCase(written, suite, ruleset.base, folder)
}

function agentCase(written: WrittenAgentCase, suite: SuiteFile, base: string, folder: string): AgentCase {
  const shared: Shared = { ...suite, ...Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)) }
  const canaries = { ...suite.canaries, ...written.canaries }
  const params = { ...suite.params, ...written.params }
  const fill = <T>(value: T): T => filled(value, { base, params, canaries })
  const { name, why, kind, severity, tags, expect } = written
  return {
    name,
    why,
    kind,
    severity,
    tags,
    agent: suite.agent,
    goal: suite.goal,
    params: fill(params),
    person: shared.person ?? null,
    request: fill(shared.request ?? null),
    at: shared.at === undefined ? labNoon : Date.parse(shared.at),
    underTest: fill(underTest(shared.underTest as WrittenUnderTest, folder)),
    model: shared.model == null ? null : modelSource(shared.model, folder),
    canaries,
    tools: fill(
      Object.fromEntries(
        Object.entries({ ...suite.tools, ...written.tools }).map(([tool, mocks]) => [
          tool,
          [mocks].flat().map((mock) => (mock.fixture === undefined ? mock : { ...mock, fixture: resolve(folder, mock.fixture) })),
        ]),
      ),
    ),
    inject: fill((shared.inject ?? []).map(({ at, ...rest }) => ({ ...rest, at: at?.split('.') ?? null }))),
    approvals: fill(shared.approvals ?? []),
    repeat: shared.repeat ?? 1,
    pass: shared.pass ?? 1,
    time: milliseconds(shared.time ?? '60s'),
    expect: fill({
      ...expect,
      budget: { ...expect.budget, time: expect.budget.time === undefined ? undefined : milliseconds(expect.budget.time) },
    }),
  }
}

function underTest(written: WrittenUnderTest, folder: string): UnderTest {
  if ('command' in written)
    return { kind: 'command', command: written.command, cwd: resolve(folder, written.cwd ?? '.'), env: written.env ?? {} }
  if ('url' in written) return { kind: 'url', url: written.url, headers: written.headers ?? {} }
  if ('module' in written)
    return {
      kind: 'module',
      module: resolve(folder, written.module),
      export: written.export,
      framework: written.framework ?? null,
      env: written.env ?? {},
    }
  if ('session' in written) return { kind: 'session', session: written.session }
  return { kind: 'script', steps: written.script, answer: written.answer ?? null }
}

function modelSource(written: WrittenModel, folder: string): ModelSource {
  const prices = written.prices ?? null
  if ('script' in written) return { kind: 'script', turns: written.script, prices }
  const { endpoint, key, cassette } = written
  return { kind: 'endpoint', endpoint, key: key?.env ?? null, cassette: cassette === undefined ? null : resolve(folder, cassette), prices }
}

function policyCase(written: WrittenPolicyCase, suite: SuiteFile, base: string): PolicyCase {
  const { name, why, severity, tags, steps } = written
  const params: JsonObject = { ...suite.params, ...written.params }
  const check = {
    name,
    why,
    severity,
    tags,
    kind: 'honest' as const,
    agent: suite.agent,
    goal: suite.goal,
    params: withBase(params, '${base}', base),
    person: written.person ?? suite.person ?? null,
    request: written.request ?? suite.request ?? null,
    steps: steps.map(({ wait, ...step }) => ({
      ...step,
      with: withBase((step as { with?: JsonObject }).with ?? {}, '${base}', base),
      ...(wait === undefined ? {} : { wait: milliseconds(wait) }),
    })),
  }
  return { kind: 'policy', name, why, severity, tags, check }
}

function promptCase({ prompt, ...written }: WrittenPromptCase, folder: string): PromptCase {
  const { file, module, values, untrusted, between = null } = prompt
  const template =
    file === undefined ? { module: resolve(folder, module as string), export: prompt.export } : { file: resolve(folder, file) }
  return { ...written, template, values, untrusted, between }
}
