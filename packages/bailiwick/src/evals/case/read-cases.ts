import { milliseconds } from '../../model/quantity.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import { formFindings } from '../../model/read-manifest.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { caseFileSchema } from './case-schema.ts'
import type { CaseFile } from './case-schema.ts'
import type { EvalCase } from './eval-case.ts'
import { asSuite, readYaml } from './read-yaml.ts'

/** A case, and where it stands. */
export interface PlacedCase {
  readonly case: EvalCase
  readonly place: Pick<Diagnostic, 'file' | 'line' | 'column'>
}

/** Stands in texts of a case for the manifest's folder, which lies elsewhere on each machine. */
const baseMark = '${base}'
/** Reads a file of cases against a ruleset. Never throws for what a file could hold; every finding has its place. */
export function readCases(
  file: string,
  text: string,
  ruleset: Ruleset,
): { readonly cases: readonly PlacedCase[]; readonly diagnostics: readonly Diagnostic[] } {
  const document = readYaml(file, text)
  if ('diagnostics' in document) return { cases: [], diagnostics: document.diagnostics }
  const { yaml, value } = document
  const parsed = caseFileSchema.safeParse(value, { reportInput: true })
  if (!parsed.success) return { cases: [], diagnostics: formFindings(yaml, parsed.error).map(asSuite) }
  const diagnostics: Diagnostic[] = []
  const cases = parsed.data.cases.map((read, index): PlacedCase => {
    const at = ['cases', index]
    const report = (key: string, message: string, mend: string): void =>
      void diagnostics.push(yaml.finding('SUITE_INVALID', [...at, key], message, mend))
    const agent = ruleset.agents.get(read.agent)
    if (agent === undefined) report('agent', `there is no agent \`${read.agent}\``, 'correct the name, or remove the case')
    else if (!ruleset.goals.has(read.goal)) report('goal', `there is no goal \`${read.goal}\``, 'correct the name, or remove the case')
    const steps = read.steps.reduce((sum, { times = 1 }) => sum + times, 0)
    if (steps > 10_000) report('steps', `the case makes ${steps} calls`, 'make at most 10,000')
    const { line, column } = yaml.finding('SUITE_INVALID', at, '', '')
    return { case: evalCase(read, rawSteps(value, index), ruleset.base), place: { file, line, column } }
  })
  return { cases, diagnostics }
}

/** The steps as YAML has them: a schema's reader leaves out arguments that are named `__proto__`. */
function rawSteps(value: unknown, index: number): readonly { readonly with?: JsonObject }[] {
  return (
    (value as { readonly cases: readonly { readonly steps: readonly { readonly with?: JsonObject }[] }[] }).cases[index] as {
      steps: readonly { readonly with?: JsonObject }[]
    }
  ).steps
}

function evalCase(
  { steps, params, ...rest }: CaseFile['cases'][number],
  raw: readonly { readonly with?: JsonObject }[],
  base: string,
): EvalCase {
  return {
    ...rest,
    params: withBase(params as JsonObject, baseMark, base),
    steps: steps.map(({ wait, ...step }, index) => ({
      ...step,
      with: withBase(raw[index]?.with ?? {}, baseMark, base),
      ...(wait === undefined ? {} : { wait: milliseconds(wait) }),
    })),
  }
}

/** A value with one text replaced by another in all its texts. */
export function withBase<T extends Json>(value: T, from: string, to: string): T
export function withBase(value: Json, from: string, to: string): Json {
  if (typeof value === 'string') return value.replaceAll(from, () => to)
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => withBase(one, from, to))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, one]) => [name, withBase(one, from, to)]))
}
