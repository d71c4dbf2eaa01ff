import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareThreats } from '../../src/assess/threats/compare.ts'
import { sampleText } from '../../src/assess/threats/sample-text.ts'
import { wholeTextPattern } from '../../src/model/regular-expression.ts'
import { modelFor, takes } from './threat-rules.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'

const declarations = {
  'in.mail': '{ effect: read, labels: [untrusted] }',
  'in.notes': '{ effect: read }',
  'db.people': '{ effect: read, labels: [pii, untrusted] }',
  'db.money': '{ effect: read, labels: [finance] }',
  'db.drop': '{ effect: destructive, sinks: { a: query } }',
  'in.keep': '{ effect: write, sinks: { a: content } }',
  'out.send': '{ effect: external, sinks: { a: recipient, b: content } }',
  'out.fetch': '{ effect: read, labels: [untrusted], sinks: { a: url } }',
  'out.run': '{ effect: destructive, sinks: { a: command } }',
} as const
type Key = keyof typeof declarations
const keys = Object.keys(declarations) as Key[]
const frames: readonly string[] = [
  '{}',
  '{ a: { domain: corp.example } }',
  '{ a: { in: [one, two] } }',
  '{ a: { pattern: "[a-z]+@corp\\\\.example" } }',
]

interface Rules {
  readonly goals: readonly (readonly { readonly tool: Key; readonly frame: number }[])[]
  readonly policies: readonly string[]
}

function textOf({ goals, policies }: Rules): RulesetText {
  const boxes = [...new Set(keys.map((key) => key.split('.')[0] as string))].map((box) => {
    const own = keys.filter((key) => key.startsWith(`${box}.`)).map((key) => `${key.slice(box.length + 1)}: ${declarations[key]}`)
    return `  ${box}: { mcp: { command: node }, tools: { ${own.join(', ')} } }`
  })
  const contracts = goals.map(
    (tools, index) => `  g${index}: { tools: { ${tools.map(({ tool, frame }) => `${tool}: ${frames[frame] ?? '{}'}`).join(', ')} } }`,
  )
  return {
    manifest: `trustDomain: corp.example\nagents:\n  one: { owner: desk, goals: [${goals.map((_, index) => `g${index}`).join(', ')}] }\ntoolboxes:\n${boxes.join('\n')}\ngoals:\n${contracts.join('\n')}\n`,
    schemas: Object.fromEntries(keys.map((key) => [key, takes('a', 'b')])),
    policies: { 'all.cedar': policies.map((text, index) => `@id("p${index}") ${text}`).join('\n') },
  }
}

const goal = fc.uniqueArray(fc.record({ tool: fc.constantFrom(...keys), frame: fc.nat(frames.length - 1) }), {
  minLength: 1,
  maxLength: 6,
  selector: ({ tool }) => tool,
})
const policy = fc
  .tuple(fc.constantFrom(...keys), fc.constantFrom('untrusted', 'pii', 'finance'), fc.boolean())
  .map(
    ([tool, label, always]) =>
      `forbid(principal, action == Action::"${tool}", resource)${always ? '' : ` when { context.labels.contains("${label}") }`};`,
  )
const ruleset = fc.record({ goals: fc.array(goal, { minLength: 1, maxLength: 2 }), policies: fc.array(policy, { maxLength: 2 }) })

const narrowed = ruleset.chain((rules) =>
  fc
    .oneof(
      policy.map((more): Rules => ({ ...rules, policies: [...rules.policies, more] })),
      fc
        .nat(rules.goals.length - 1)
        .map((index): Rules => ({ ...rules, goals: rules.goals.length === 1 ? rules.goals : rules.goals.filter((_, at) => at !== index) })),
      fc.nat().map((turn): Rules => ({
        ...rules,
        goals: rules.goals.map((tools, index) =>
          index === turn % rules.goals.length && tools.length > 1 ? tools.filter((_, at) => at !== turn % tools.length) : tools,
        ),
      })),
    )
    .map((after) => ({ before: rules, after })),
)

test('Stricter rules (a tool or a goal less, a policy that forbids more) never open an attack.', () => {
  fc.assert(
    fc.property(narrowed, fc.boolean(), ({ before, after }, compromised) => {
      const options = { assume: compromised ? ('compromised' as const) : null, remedies: false }
      const { opened } = compareThreats(modelFor(textOf(before), options), modelFor(textOf(after), options))
      expect(opened.map(({ threat, was, now }) => `${threat.kind} ${threat.tools.join(' ')}: ${was ?? 'none'} → ${now ?? 'none'}`)).toEqual(
        [],
      )
    }),
    { numRuns: 40 },
  )
})

test('Every change that is proposed makes the attack that it is for go through no longer.', () => {
  fc.assert(
    fc.property(ruleset, (rules) => {
      const text = textOf(rules)
      for (const threat of modelFor(text).threats) {
        if (threat.remedy === null || !threat.remedy.into.endsWith('.cedar')) continue
        const after = modelFor({ ...text, policies: { ...text.policies, 'threats.cedar': threat.remedy.text } }, { remedies: false })
        expect(after.threats.find(({ id }) => id === threat.id)?.verdict).toBe(threat.remedy.verdict)
      }
    }),
    { numRuns: 6 },
  )
})

test.each([
  '^\\d{4}-W\\d{2}$',
  '(?:cat|dog)s?',
  '[^a-z]+',
  '[A-F0-9]{8,}',
  'a*b+?c',
  '\\w+@corp\\.example',
  '(?i)x|y',
  '[[:digit:]]{3}',
  '\\.\\-',
  'ab{2}',
])('A text is made that `%s` matches as a whole.', (pattern) => {
  expect(wholeTextPattern(pattern).test(sampleText(pattern) ?? '')).toBe(true)
})
