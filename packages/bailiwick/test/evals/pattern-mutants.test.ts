import { expect, test } from 'vitest'
import { failureIn } from '../../src/evals/case/check-case.ts'
import type { EvalCase } from '../../src/evals/case/eval-case.ts'
import { readCases } from '../../src/evals/case/read-cases.ts'
import { casesText } from '../../src/evals/case/write-cases.ts'
import { manifestMutants } from '../../src/evals/fuzz/manifest-mutants.ts'
import { mutate, recordCases } from '../../src/evals/fuzz/mutation-run.ts'
import { probesOf } from '../../src/evals/fuzz/probes.ts'
import { alternativesOf, textsOf } from '../../src/evals/generate/pattern-alternatives.ts'
import { Lab } from '../../src/evals/lab/lab.ts'
import { Places } from '../../src/evals/redteam/place-of-rule.ts'
import { replay } from '../../src/evals/redteam/replay.ts'
import { wholeTextPattern } from '../../src/model/regular-expression.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'
import { bank } from './bank.ts'
import { rulesFrom } from './rules.ts'

const birthDate = '19\\d\\d-\\d\\d-\\d\\d|\\d{1,2} (?:May|June) 19\\d\\d'

function withPatterns(patterns = `{ birth-date: '${birthDate}', unused: 'U\\d+' }`): RulesetText {
  return bank(
    { more: `patterns: ${patterns}\n` },
    {
      'p.cedar': `@id("clean-statement")
@response("sanitize")
@redact("output.rows.*.born:birth-date, output:pii")
forbid (principal, action == Action::"bank.statement", resource);
@id("clean-transfer")
@response("sanitize")
@redact("input.note:birth-date")
forbid (principal, action == Action::"bank.transfer", resource);
`,
    },
  )
}

const rules = withPatterns()
const { ruleset, sources, targets } = rulesFrom(rules)
const patternsLine = rules.manifest.split('\n').findIndex((one) => one.startsWith('patterns:')) + 1
const recorded = recordCases(sources, ruleset, [], probesOf(targets, sources.policies, 1), () => {})
const honest = recorded.find(({ name }) => name.endsWith('the honest task')) as EvalCase

test('A pattern that finds nothing, or one of its alternatives less, is a mutant where a policy takes it out; one that is gone `check` refuses.', () => {
  const mutants = [...manifestMutants(sources, ruleset)].filter(({ what }) => what.includes('pattern'))
  expect(mutants.map(({ what, place }) => `${place.line} ${what}`)).toEqual([
    `${patternsLine} the pattern \`birth-date\` finds nothing`,
    `${patternsLine} there is no pattern \`birth-date\``,
    `${patternsLine} the pattern \`birth-date\` no longer finds \`19\\d\\d-\\d\\d-\\d\\d\``,
    `${patternsLine} the pattern \`birth-date\` no longer finds \`\\d{1,2} (?:May|June) 19\\d\\d\``,
  ])
})

test('Recorded cases notice each of them; with no cases nobody does.', () => {
  const surviving = (cases: readonly EvalCase[]): string[] => {
    const probes = probesOf(targets, [], 1).slice(0, 400)
    const { survivors, refused } = mutate(sources, ruleset, { goals: [], cases, probes, overtime: () => false, onProgress: () => {} })
    expect(refused).toBe(1)
    return survivors.map(({ what }) => what).filter((what) => what.includes('pattern'))
  }
  expect(surviving(recorded)).toEqual([])
  expect(surviving([])).toHaveLength(3)
})

test('A recorded case says which texts are taken out, and is written and read back so.', () => {
  const removes = honest.steps.flatMap((step) => (step.removes === undefined ? [] : [step.removes]))
  expect(removes.map((one) => Object.keys(one))).toEqual([['output.rows.*.born:birth-date'], ['input.note:birth-date']])
  for (const texts of removes.flatMap((one) => Object.values(one))) expect(texts).toHaveLength(2)
  const { cases, diagnostics } = readCases('x.yaml', casesText(recorded, [], ruleset.base), ruleset)
  expect(diagnostics).toEqual([])
  const read = cases[recorded.indexOf(honest)]?.case.steps ?? []
  expect(read.flatMap((step) => (step.removes === undefined ? [] : [step.removes]))).toEqual(removes)
  const wrong = casesText([{ ...honest, steps: honest.steps.map((step) => ({ ...step, removes: { 'rows:birth-date': ['x'] } })) }], [], '/')
  expect(readCases('x.yaml', wrong, ruleset).diagnostics[0]).toMatchObject({ code: 'SUITE_INVALID' })
})

test('A weakened pattern leads to its line in the manifest.', () => {
  const weak = rulesFrom(withPatterns(`{ birth-date: 'no such date', unused: 'U\\d+' }`))
  const placed = recorded.map((one) => ({ case: one, place: { file: 'x.yaml', line: 1, column: 1 } }))
  const [finding] = replay(new Lab(weak.ruleset), placed, new Places(weak.sources.yaml, weak.ruleset), () => false).findings
  expect(finding?.message).toContain('which `output.rows.*.born:birth-date` does not find; the pattern `birth-date` no longer finds it')
  expect(finding?.place.line).toBe(patternsLine)
})

test('A text that a redaction leaves is a failure also in a case that is written by hand; so is one of a redaction that no policy asks for.', () => {
  const lab = new Lab(ruleset)
  const failure = (removes: Readonly<Record<string, readonly string[]>>): string | null => {
    const { removes: _, ...step } = honest.steps[0] as EvalCase['steps'][number]
    return failureIn(lab, { ...honest, steps: [{ ...step, removes }] })?.message ?? null
  }
  expect(failure({ 'output.rows.*.born:birth-date': ['1 May 1970', 'born on 1970-01-01'] })).toBeNull()
  expect(failure({ 'output:pii': ['ann@corp.example'] })).toBeNull()
  expect(failure({ 'output.rows.*.born:birth-date': ['1970-01-01', '1 July 1970'] })).toContain('goes through with "1 July 1970"')
  expect(failure({ 'output:secret': ['AKIAIOSFODNN7EXAMPLE'] })).toContain('without taking out `output:secret`')
})

test('The alternatives of a pattern together match what it matches, and a text is made for each.', () => {
  const split: readonly (readonly [string, readonly string[]])[] = [
    [birthDate, ['19\\d\\d-\\d\\d-\\d\\d', '\\d{1,2} (?:May|June) 19\\d\\d']],
    ['[|]a|b\\|c|(d|e)', ['[|]a', 'b\\|c', '(d|e)']],
    ['(?i)ab|[^]|]c', ['(?i)ab', '(?i)[^]|]c']],
    ['\\Qa|b\\E|c', ['\\Qa|b\\E', 'c']],
    ['a|(?i)b|c', ['a|(?i)b|c']],
    ['E\\d{6}', ['E\\d{6}']],
  ]
  for (const [pattern, alternatives] of split) {
    expect(alternativesOf(pattern), pattern).toEqual(alternatives)
    const texts = textsOf(pattern)
    expect(texts.length, pattern).toBe(alternatives.length)
    for (const [index, text] of texts.entries()) {
      expect(wholeTextPattern(pattern).test(text), text).toBe(true)
      expect(wholeTextPattern(alternatives[index] as string).test(text), text).toBe(true)
    }
  }
})
