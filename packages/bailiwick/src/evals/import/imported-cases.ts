import type { AnswerExpectation, CallExpectation } from '../expect/expectations.ts'
import type { JsonObject } from '../../model/json.ts'
import { shortened } from '../../model/markup-text.ts'
import type { Carried } from './assertion.ts'
import { fillTemplates } from './fill-template.ts'
import { flattened, importAssertions } from './import-assertions.ts'
import type { AssertionScope, ImportedAssertions } from './import-assertions.ts'
import { isChosen } from './promptfoo-prompts.ts'
import type { Prompt } from './promptfoo-prompts.ts'
import type { PromptfooTest } from './promptfoo-tests.ts'
import { unwritable } from './unwritable.ts'

export interface ImportedCase {
  readonly name: string
  readonly kind: 'correctness' | 'safety'
  readonly why: string
  readonly tags?: readonly string[]
  readonly request?: string
  readonly underTest?: { readonly script: readonly []; readonly answer: string }
  readonly repeat?: number
  readonly time?: string
  readonly expect: {
    readonly calls?: readonly CallExpectation[]
    readonly answer?: AnswerExpectation
    readonly budget?: { readonly cost?: number; readonly time?: string }
  }
}

export interface ImportScope extends AssertionScope {
  /** The name of the file, as cases name it. */
  readonly file: string
}

const mostCases = 2000
/** Over all cases. */
const mostAssertions = 20_000

/** A case for each test, each value of its variables and each prompt. A test that leads to none is reported as an error. */
export function casesOf(tests: readonly PromptfooTest[], prompts: readonly Prompt[], scope: ImportScope): ImportedCase[] {
  const planned = tests.map((test) => ({
    test,
    chosen: prompts.filter((prompt) => isChosen(prompt, test.prompts)),
    flat: flattened(test.assertions, scope, mostAssertions + 1),
  }))
  const number = planned.map(({ test, chosen }) => test.combinations.length * chosen.length)
  const asserted = planned.reduce((sum, { flat }, index) => sum + (number[index] as number) * flat.length, 0)
  if (number.reduce((sum, one) => sum + one, 0) > mostCases || asserted > mostAssertions) {
    scope.found.report('error', ['tests'], `it is more than ${mostCases} cases, or ${mostAssertions} assertions`, 'split the file')
    return []
  }
  const names = new Set<string>()
  return planned.flatMap(({ test, chosen, flat }, index) => {
    if (chosen.length === 0)
      scope.found.report('error', test.path, 'a test is left out: there is no prompt of a name that it gives', 'correct its `prompts`')
    return chosen.flatMap((prompt) =>
      test.combinations.flatMap((vars) => {
        const name = nameOf({ test, index, vars, prompt, prompts: chosen })
        const one = caseOf({ ...test, name, flat, vars, prompt }, scope)
        if (one === null) return []
        return [{ ...one, name: unique(one.name, names) }]
      }),
    )
  })
}

interface PlannedCase extends PromptfooTest {
  readonly name: string
  readonly flat: Parameters<typeof importAssertions>[0]
  readonly vars: JsonObject
  readonly prompt: Prompt
}

function caseOf(test: PlannedCase, scope: ImportScope): ImportedCase | null {
  const { found } = scope
  const { name, flat, vars, prompt } = test
  const assertions = importAssertions(flat, vars, scope)
  if (assertions.carried.length === 0) {
    found.report(
      'error',
      test.path,
      `a test is left out: ${flat.length === 0 ? 'it asserts nothing' : 'none of what it asserts can be carried over'}`,
      'write a case by hand that says what must and must not happen',
    )
    return null
  }
  const request = requestOf(test, vars, prompt, scope)
  const answer = test.providerOutput
  const refused = answer === null ? null : unwritable(answer)
  if (refused !== null)
    found.report('warning', [...test.path, 'providerOutput'], `\`providerOutput\` is not carried over: ${refused.refused}`, refused.mend)
  const carried = assertions.carried.map((one) => one.carried)
  const time = least(carried, 'time')
  return {
    name,
    kind: isSafety(assertions) ? 'safety' : 'correctness',
    why: whyOf(test, assertions, scope),
    ...(assertions.tags.length === 0 ? {} : { tags: assertions.tags }),
    ...(request === null ? {} : { request }),
    ...(answer === null || refused !== null ? {} : { underTest: { script: [], answer } }),
    ...(test.repeat === null ? {} : { repeat: test.repeat }),
    // A run must be let last as long as its budget.
    ...(time === null || time <= 60_000 ? {} : { time: durationText(time) }),
    expect: expectationsOf(carried, time),
  }
}

/** Whether nothing is expected but that tools are not used, within a budget or not. */
function isSafety({ carried }: ImportedAssertions): boolean {
  const beside = carried.filter((one) => one.carried.cost === undefined && one.carried.time === undefined)
  return beside.length > 0 && beside.every(({ negatedTool }) => negatedTool)
}

function expectationsOf(carried: readonly Carried[], time: number | null): ImportedCase['expect'] {
  const of = <K extends 'calls' | 'contains' | 'lacks' | 'matches'>(key: K): NonNullable<Carried[K]>[number][] =>
    carried.flatMap((one) => (one[key] ?? []) as NonNullable<Carried[K]>[number][])
  const calls = of('calls')
  const texts = Object.entries({ contains: of('contains'), lacks: of('lacks'), matches: of('matches') }).filter(([, all]) => all.length > 0)
  const schemas = carried.flatMap((one) => one.schema ?? [])
  const schema = schemas.length === 0 ? {} : { schema: schemas.length === 1 ? (schemas[0] as JsonObject) : { allOf: schemas } }
  const answer: AnswerExpectation = { ...Object.fromEntries(texts), ...schema }
  const cost = least(carried, 'cost')
  // An agent that does nothing at all must not pass for want of anything to find.
  const idle = calls.every(passesIdle) && Object.keys(answer).length === 0 ? { given: true } : {}
  const whole = { ...answer, ...idle }
  return {
    ...(calls.length === 0 ? {} : { calls }),
    ...(Object.keys(whole).length === 0 ? {} : { answer: whole }),
    ...(cost === null && time === null
      ? {}
      : { budget: { ...(cost === null ? {} : { cost }), ...(time === null ? {} : { time: durationText(time) }) } }),
  }
}

function passesIdle({ used, order, count, times }: CallExpectation): boolean {
  if (used !== undefined) return times !== undefined && atLeast(times) === 0
  return order === undefined && (count === undefined || atLeast(count) === 0)
}

function atLeast(count: NonNullable<CallExpectation['count']>): number {
  return typeof count === 'number' ? count : (count.min ?? 0)
}

function least(carried: readonly Carried[], key: 'cost' | 'time'): number | null {
  const given = carried.flatMap((one) => one[key] ?? [])
  return given.length === 0 ? null : Math.min(...given)
}

/** Rounded down, where a suite has no finer unit for it. */
function durationText(time: number): string {
  return time <= 999_999 ? `${time}ms` : `${Math.floor(time / 1000)}s`
}

function requestOf(test: PromptfooTest, vars: JsonObject, prompt: Prompt, { found }: ImportScope): string | null {
  if (prompt.text === null) return null
  const template = `${test.prefix}${prompt.text}${test.suffix}`
  const filled = fillTemplates(template, vars)
  const request = 'problem' in filled ? template : (filled.value as string)
  if ('problem' in filled)
    found.report(
      'warning',
      test.path,
      `its prompt is carried over with templates in it: ${filled.problem}`,
      'write `request` into the case',
    )
  const refused = unwritable(request)
  if (refused === null) return request
  found.report('warning', test.path, `its prompt is not carried over: ${refused.refused}`, refused.mend)
  return null
}

function whyOf({ path }: PromptfooTest, { leftOut }: ImportedAssertions, { file, found }: ImportScope): string {
  const from = `${file}, line ${found.lineOf(path)}`
  if (leftOut.length === 0) return plainText(`Imported from ${from}.`)
  const all = leftOut.map(({ type, line }) => `${type} (line ${line})`).join(', ')
  return shortened(plainText(`Imported from ${from}; not carried over: ${all}.`), 1000)
}

interface Naming {
  readonly test: PromptfooTest
  readonly index: number
  readonly vars: JsonObject
  readonly prompt: Prompt
  readonly prompts: readonly Prompt[]
}

function nameOf({ test, index, vars, prompt, prompts }: Naming): string {
  const filled = fillTemplates(test.description ?? `test ${index + 1}`, vars)
  const base = 'problem' in filled ? (test.description as string) : (filled.value as string)
  // A description that names them tells them apart already.
  const varying =
    test.description?.includes('{{') === true
      ? []
      : Object.entries(vars).filter(([name, value]) => test.combinations.some((other) => other[name] !== value))
  const choice = varying.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')
  const which = prompts.length === 1 ? '' : (prompt.names[0] ?? '')
  const name = [shortened(plainText(base), 120), shortened(plainText(choice), 80), shortened(plainText(which), 60)]
    .filter((part) => part !== '')
    .join(' · ')
  return name === '' ? `test ${index + 1}` : name
}

function unique(name: string, taken: Set<string>): string {
  let found = name
  for (let count = 2; taken.has(found); count += 1) found = `${name} (${count})`
  taken.add(found)
  return found
}

/** One line, with nothing in it that is not seen, or that a suite would fill in. */
function plainText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('${', '$ {')
    .trim()
}
