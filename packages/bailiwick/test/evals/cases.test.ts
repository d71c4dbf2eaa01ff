import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Target } from '../../src/evals/attacks/attack.ts'
import { sequenceAttacks } from '../../src/evals/attacks/sequence-attacks.ts'
import { singleSteps } from '../../src/evals/case/eval-case.ts'
import type { EvalCase } from '../../src/evals/case/eval-case.ts'
import { readCases } from '../../src/evals/case/read-cases.ts'
import { casesText } from '../../src/evals/case/write-cases.ts'
import { bank } from './bank.ts'
import { rulesFrom } from './rules.ts'

const { ruleset } = rulesFrom(bank())
const plain: EvalCase = {
  name: 'a case',
  kind: 'attack',
  why: '',
  agent: 'teller',
  goal: 'bills',
  params: { month: '2026-01' },
  person: null,
  request: null,
  steps: [{ call: 'bank.statement', with: { month: '2026-01' }, expect: 'allow' }],
  severity: 'blocking',
  tags: [],
}

function said(text: string): string[] {
  return readCases('suites/redteam/x.yaml', text, ruleset).diagnostics.map(({ code, line, message }) => `${code} ${line} ${message}`)
}

test('What was written is read back the same, whatever stands in it.', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u202e\u0000\n\r#: - ', '__proto__', '${base}x', '\'"`', '/srv/corp/data'),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  )
  const args = fc
    .array(fc.tuple(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'a\u200b', 'constructor')), value), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries))
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 100 }), args, (name, given) => {
      const text = casesText(
        [{ ...plain, name, steps: [{ call: 'bank.transfer', with: given, wait: 1500, expect: 'deny' }] }],
        ['a head'],
        '/srv/corp',
      )
      // Nothing of what an attacker writes reaches a terminal or an editor as it is.
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069\u200b]/)
      const { cases, diagnostics } = readCases('x.yaml', text, ruleset)
      expect(diagnostics).toEqual([])
      const [read] = cases
      expect(read?.case.name).toBe(name)
      const expected = JSON.parse(JSON.stringify(given).replaceAll('${base}', '/srv/corp')) as unknown
      expect(JSON.stringify(read?.case.steps[0]?.with)).toBe(JSON.stringify(expected))
      expect(read?.case.steps[0]?.wait).toBe(1500)
    }),
    { numRuns: 300 },
  )
})

test('Whatever limit of time a goal has, the attack on it can be kept and read back.', () => {
  for (const minutes of [0.01, 1 / 3, 15, 17, 1441, 20_000, 1e9]) {
    const rules = rulesFrom(bank({ limits: `{ calls: 12, minutes: ${minutes}, repeats: 3 }` }))
    const [target] = rules.targets as [Target]
    const late = [...sequenceAttacks(target)].filter(({ steps }) => steps.some(({ wait }) => wait !== undefined))
    expect(late.length).toBeGreaterThan(0)
    for (const attack of late) {
      const steps = attack.steps.map((step) => ({ ...step, expect: 'deny' as const }))
      const { cases, diagnostics } = readCases('x.yaml', casesText([{ ...plain, steps }], [], '/srv/corp'), rules.ruleset)
      expect(diagnostics, String(minutes)).toEqual([])
      expect(cases[0]?.case.steps.map(({ wait }) => wait)).toEqual(steps.map(({ wait }) => wait))
      const ends = (cases[0]?.case.steps.at(-1)?.wait ?? 0) + 1000
      if (minutes < 1e9) expect(ends).toBeGreaterThanOrEqual(minutes * 60_000)
      if (minutes >= 1 && minutes < 1e9) expect(ends - minutes * 60_000).toBeLessThan(60_000)
    }
  }
})

test('Equal calls in a row are written once, with how often, and read back as many.', () => {
  const step = { call: 'bank.statement', with: { month: '2026-01' } }
  const text = casesText([{ ...plain, steps: [step, step, step, { ...step, expect: 'deny' }] }], [], '/srv/corp')
  expect(text).toContain('times: 4')
  const [read] = readCases('x.yaml', text, ruleset).cases
  expect(singleSteps(read?.case.steps ?? []).map(({ expect: wanted }) => wanted)).toEqual([undefined, undefined, undefined, 'deny'])
})

const one = (line: string): string =>
  `version: 1\ncases:\n  - name: x\n    agent: teller\n    goal: bills\n    steps:\n      - { call: bank.statement, expect: deny${line} }\n`

test('A file that is not as it should be is an error with its line: unknown keys, wrong words, unknown agents, nothing expected.', () => {
  expect(said(one(', expct: deny'))).toEqual([expect.stringMatching(/^SUITE_INVALID 7 unknown key `expct`/)])
  expect(said(one(', at: T9'))).toEqual([expect.stringMatching(/^SUITE_INVALID 7 /)])
  expect(said(one(', wait: soon'))).toEqual([expect.stringMatching(/^SUITE_INVALID 7 /)])
  expect(said(one('').replace('teller', 'nobody'))).toEqual(['SUITE_INVALID 4 there is no agent `nobody`'])
  expect(said(one('').replace('bills', 'gone'))).toEqual(['SUITE_INVALID 5 there is no goal `gone`'])
  expect(said(one('').replace(', expect: deny', ''))).toEqual([expect.stringMatching(/^SUITE_INVALID 7 /)])
  expect(said('version: 1\ncases: [')).toEqual([expect.stringMatching(/^SUITE_INVALID 2 /)])
  expect(said('')).toHaveLength(1)
})

test('A file that is made to exhaust its reader is refused in no time: aliases of aliases, nesting, size, calls without end.', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
    .split('')
    .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`)
    .join('\n')}\nversion: 1\ncases: *i\n`
  const hostile = [
    bomb,
    `version: 1\ncases: ${'['.repeat(100_000)}`,
    `version: 1\ncases: ${'{a: '.repeat(50_000)}`,
    `version: 1\ncases:\n${Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth + 1)}- `).join('\n')}`,
    `version: 1\ncases:\n  ${'- '.repeat(20_000)}x`,
    `version: 1\nx: "${'y'.repeat(5_000_000)}"`,
    one(', times: 999999999'),
    one('').replace('deny }', `deny, times: 5000 }\n${'      - { call: bank.statement, times: 5000 }\n'.repeat(4)}`),
  ]
  const start = performance.now()
  for (const text of hostile) expect(said(text).length, text.slice(0, 60)).toBeGreaterThan(0)
  expect(performance.now() - start).toBeLessThan(5000)
})
