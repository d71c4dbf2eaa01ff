import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CedarError, compile } from '../src/index.ts'
import type { CedarValue, Request } from '../src/index.ts'

const request = (context: Readonly<Record<string, CedarValue>> = {}, action = 'read'): Request => ({
  principal: { type: 'Agent', id: 'clerk' },
  action: { type: 'Action', id: action },
  resource: { type: 'Tool', id: 'notes' },
  context,
})
const schema = `
entity Agent { level: Long };
entity Tool;
action "read", "write" appliesTo { principal: [Agent], resource: [Tool], context: { n: Long, tag?: String } };
`
const clerk = { uid: { type: 'Agent', id: 'clerk' }, attrs: { level: 3 }, parents: [] }

function findings(policies: Parameters<typeof compile>[0], options?: Parameters<typeof compile>[1]): CedarError['findings'] {
  try {
    compile(policies, options)
  } catch (error) {
    if (error instanceof CedarError) return error.findings
    throw error
  }
  return []
}

test('Without a policy everything is denied; a permit allows; a forbid overrides every permit.', () => {
  expect(compile({}).authorize(request(), [])).toEqual({ decision: 'deny', reasons: [], errors: [] })
  expect(compile({ p: 'permit(principal, action, resource);' }).authorize(request(), [])).toEqual({
    decision: 'allow',
    reasons: ['p'],
    errors: [],
  })
  const both = compile({ p: 'permit(principal, action, resource);', f: 'forbid(principal, action, resource);' })
  expect(both.authorize(request(), [])).toEqual({ decision: 'deny', reasons: ['f'], errors: [] })
})

test('Of one text the policies are named by their place, also the eleventh.', () => {
  const set = compile(
    Array.from({ length: 12 }, (_, index) => `permit(principal, action, resource) when { context.n == ${index} };`).join('\n'),
  )
  expect(set.ids).toEqual(Array.from({ length: 12 }, (_, index) => `policy${index}`))
  for (let n = 0; n < 12; n += 1) expect(set.authorize(request({ n }), []).reasons).toEqual([`policy${n}`])
})

test('The annotations of a policy are at hand by its id, and an unknown id has none.', () => {
  const set = compile({ a: '@message("no") forbid(principal, action, resource);' })
  expect(set.annotations('a')).toEqual({ message: 'no' })
  expect(set.annotations('toString')).toEqual({})
})

test('A policy whose evaluation errors is skipped and reported: a missing attribute, an overflow, a wrong type.', () => {
  const set = compile({
    missing: 'forbid(principal, action, resource) when { context.gone == 1 };',
    overflow: 'forbid(principal, action, resource) when { context.n * 9223372036854775807 > 0 };',
    type: 'forbid(principal, action, resource) when { context.n like "x" };',
    entity: 'forbid(principal, action, resource) when { principal.level > 1 };',
    ok: 'permit(principal, action, resource);',
  })
  const answer = set.authorize(request({ n: 3 }), [])
  expect(answer).toMatchObject({ decision: 'allow', reasons: ['ok'] })
  expect(answer.errors.map(({ policy }) => policy)).toEqual(['missing', 'overflow', 'type', 'entity'])
  for (const { message } of answer.errors) expect(message).not.toBe('')
})

test('Reasons and errors come in the order in which the policies were given, the same for every request.', () => {
  const ids = Array.from({ length: 20 }, (_, index) => `p${String(index).padStart(2, '0')}`)
  const set = compile(
    Object.fromEntries(
      ids.map((id, index) => [id, `forbid(principal, action, resource) ${index % 2 === 0 ? '' : 'when { context.gone }'};`]),
    ),
  )
  for (let run = 0; run < 5; run += 1) {
    const { reasons, errors } = set.authorize(request({ n: run }), [])
    expect(reasons).toEqual(ids.filter((_, index) => index % 2 === 0))
    expect(errors.map(({ policy }) => policy)).toEqual(ids.filter((_, index) => index % 2 === 1))
  }
})

test.each([
  ['a syntax error', 'permit(principal, action resource);', 'resource'],
  ['an unknown attribute', 'permit(principal, action, resource) when { principal.rank > 1 };', 'principal.rank'],
  ['an optional attribute without `has`', 'permit(principal, action, resource) when { context.tag == "x" };', 'context.tag'],
  ['an unknown type', 'permit(principal is Person, action, resource);', ''],
  ['an unknown action', 'permit(principal, action == Action::"erase", resource);', ''],
  ['a comparison of types', 'permit(principal, action, resource) when { context.n == "x" };', 'context.n == "x"'],
  ['a rule that can never apply', 'permit(principal, action, resource) when { false };', ''],
  ['two policies under one id', 'permit(principal, action, resource); permit(principal, action, resource);', ''],
])('A policy is refused, in its place, for %s.', (_, policy, at) => {
  const found = findings({ bad: policy, good: 'permit(principal, action, resource);' }, { schema })
  expect(found.length).toBeGreaterThan(0)
  for (const finding of found) expect(finding.policy).toBe('bad')
  if (at !== '') expect(policy.slice(found[0]!.start!, found[0]!.end!)).toBe(at)
})

test('Every policy that is at fault is reported.', () => {
  expect(findings({ a: 'permit(', b: 'permit(principal, action, resource);', c: 'forbid' }).map(({ policy }) => policy)).toEqual(['a', 'c'])
  expect(findings({ a: 'permit(principal, action, resource);' }, { schema: 'entity {' })).toMatchObject([{ policy: null, start: 7 }])
})

test('With a schema a request or an entity that does not fit it is refused, not answered.', () => {
  const set = compile({ p: 'permit(principal, action, resource) when { principal.level > 2 };' }, { schema })
  expect(set.authorize(request({ n: 1 }), [clerk]).decision).toBe('allow')
  for (const context of [{}, { n: 'x' }, { n: 1.5 }, { n: 1, more: 1 }, { n: 1, tag: 2 }] as never[])
    expect(() => set.authorize(request(context), [clerk])).toThrow(CedarError)
  expect(() => set.authorize(request({ n: 1 }, 'erase'), [clerk])).toThrow(CedarError)
  expect(() => set.authorize({ ...request({ n: 1 }), principal: { type: 'Person', id: 'x' } }, [clerk])).toThrow(CedarError)
  expect(() => set.authorize(request({ n: 1 }), [{ ...clerk, attrs: { level: 'high' } }])).toThrow(CedarError)
})

test('Policy sets do not mix, however many there are.', () => {
  const sets = Array.from({ length: 5 }, (_, index) =>
    compile({ [`p${index}`]: `permit(principal, action, resource) when { context.n == ${index} };` }),
  )
  for (const [index, set] of sets.entries())
    expect(sets.map((other) => other.authorize(request({ n: index }), []).decision === 'allow').indexOf(true), String(set.ids)).toBe(index)
})

test('An id may be any text.', () => {
  for (const id of ['__proto__', 'constructor', '', 'a"b', '\u00e9', 'x'.repeat(300)])
    expect(compile({ [id]: 'permit(principal, action, resource);' }).authorize(request(), []).reasons).toEqual([id])
})

test('Any context is answered or refused with a CedarError.', () => {
  const set = compile({ p: 'permit(principal, action, resource) when { context has a && context.a == context.a };' })
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (context) => {
      try {
        expect(['allow', 'deny']).toContain(set.authorize(request(context as never), []).decision)
      } catch (error) {
        expect(error).toBeInstanceOf(CedarError)
      }
    }),
    { numRuns: 300 },
  )
})
