import { expect, test } from 'vitest'
import { agreed } from './evaluate.ts'

test('`like` matches Unicode scalar values, wildcards and escaped stars', () => {
  const results = agreed(
    [
      'context.s like "*"',
      'context.s like ""',
      '"" like ""',
      '"" like "*"',
      '"" like "**"',
      '"a" like "a*a"',
      '"aa" like "a*a"',
      '"aba" like "*b*"',
      '"abcabc" like "*bc"',
      '"abcabd" like "*bc"',
      '"a*b" like "a\\*b"',
      '"axb" like "a\\*b"',
      '"abab" like "*ab*ab*"',
      '"aab" like "*ab*ab*"',
      'context.s like "\\u{1F600}*"',
      'context.s like "*\\u{1F601}"',
      'context.s like "*\\u{1F600}\\u{1F601}*"',
      '"mississippi" like "m*iss*ip*i"',
      '"ab" like "abab"',
      '"ab" like "*ab*b"',
      '"abb" like "*ab*b"',
    ],
    { s: '\u{1F600}\u{1F601}' },
  )
  expect(results['"a" like "a*a"']).toBe(false)
  expect(results['"ab" like "*ab*b"']).toBe(false)
  expect(results['"abb" like "*ab*b"']).toBe(true)
  expect(results['"aa" like "a*a"']).toBe(true)
  expect(results['"aab" like "*ab*ab*"']).toBe(false)
  expect(results['context.s like "*\\u{1F601}"']).toBe(true)
})

test('Sets are equal without order and duplicates, and can hold values of all types', () => {
  const results = agreed([
    '[1, 2, 2] == [2, 1]',
    '[1, "1", true, User::"1"] == [User::"1", true, "1", 1]',
    '[1, 2] == [1, 2, 3]',
    '[1, 2, 3] == [1, 2]',
    '[[1, 2], [2, 1]] == [[1, 2]]',
    '[{a: [1]}] == [{a: [1, 1]}]',
    '[decimal("1.0")].contains(decimal("1.0000"))',
    '[1, 2, 3].containsAll([])',
    '[].containsAny([1])',
    '[].containsAll([])',
    '[1].containsAll(1)',
    '1 == "1"',
    '[] == {}',
    '[].isEmpty()',
    '[1,2,3,4,5,6,7,8,9,10].contains(10)',
    '[1,2,3,4,5,6,7,8,9,[10]].contains([10])',
    '[1,2,3,4,5,6,7,8,9,"10"].contains(10)',
    '[1,2,3,4,5,6,7,8,9,10] == [10,9,8,7,6,5,4,3,2,1,1]',
    '["l1","s1:a",["s1:a"],3,4,5,6,7,8,9] == [["s1:a"],"s1:a","l1",9,8,7,6,5,4,3]',
    '[ip("::1"), ip("::1/128")] == [ip("::1")]',
    '{a: 1, b: 2} == {b: 2, a: 1}',
    '{a: 1} == {a: 1, b: 2}',
    '["ab", "c"] == ["a", "bc"]',
  ])
  expect(results['[1, 2, 2] == [2, 1]']).toBe(true)
  expect(results['[[1, 2], [2, 1]] == [[1, 2]]']).toBe(true)
  expect(results['[1].containsAll(1)']).toBe('error')
  expect(results['[1, 2, 3] == [1, 2]']).toBe(false)
  expect(results['1 == "1"']).toBe(false)
})

test('`&&`, `||` and `if` evaluate no more than they need, and ask for booleans', () => {
  const results = agreed([
    'false && 1',
    'true || 1',
    'true && 1',
    'false || 1',
    '1 && true',
    'if true then true else 1 + "a" == 2',
    'if 1 then true else true',
    '!1',
    'if true then 1 else true',
    'false && context.missing',
    'true || context.missing',
    'context.missing || true',
  ])
  expect(Object.values(results)).toEqual([false, true, 'error', 'error', 'error', true, 'error', 'error', 'error', false, true, 'error'])
})

test('`has` follows paths through records and entities, and no missing entity or attribute is an error', () => {
  const entities = [
    { uid: { type: 'User', id: 'ada' }, attrs: { boss: { __entity: { type: 'User', id: 'eve' } }, name: { first: 'A' } }, parents: [] },
  ]
  const results = agreed(
    [
      'principal has name.first',
      'principal has name.last',
      'principal has boss.name',
      'principal has name.first.x',
      'resource has name',
      'context has "__proto__"',
      'context has constructor',
      'resource.name == 1',
      '"a" has b',
    ],
    {},
    entities,
  )
  expect(Object.values(results)).toEqual([true, false, false, 'error', false, false, false, 'error', 'error'])
})

test('Tags are apart from attributes', () => {
  const entities = [{ uid: { type: 'User', id: 'ada' }, attrs: { a: 1 }, parents: [], tags: { b: 2, __proto__x: 3 } }]
  const results = agreed(
    [
      'principal.hasTag("b")',
      'principal.hasTag("a")',
      'principal.getTag("b") == 2',
      'principal.getTag("a") == 1',
      'principal has b',
      'resource.hasTag("b")',
      'resource.getTag("b") == 2',
      'principal.hasTag(1)',
      '"x".hasTag("b")',
    ],
    {},
    entities,
  )
  expect(Object.values(results)).toEqual([true, false, true, 'error', false, false, 'error', 'error', 'error'])
})

test('Membership is reflexive and transitive, passes missing entities, and asks for entities', () => {
  const team = (id: string): { type: string; id: string } => ({ type: 'Team', id })
  const entities = [
    { uid: { type: 'User', id: 'ada' }, attrs: {}, parents: [team('a'), team('gone')] },
    { uid: team('a'), attrs: {}, parents: [team('b')] },
    { uid: team('b'), attrs: {}, parents: [team('c')] },
  ]
  const results = agreed(
    [
      'principal in principal',
      'principal in Team::"c"',
      'principal in Team::"gone"',
      'Team::"gone" in Team::"c"',
      'principal in [Team::"x", Team::"c"]',
      'principal in []',
      'principal in [Team::"c", 1]',
      'principal in 1',
      '1 in principal',
      'principal is User in Team::"c"',
      'principal is Team in Team::"c"',
      'principal is Team in 1',
      '1 is User',
      'Team::"b" in principal',
    ],
    {},
    entities,
  )
  expect(Object.values(results)).toEqual([
    true,
    true,
    true,
    false,
    true,
    false,
    'error',
    'error',
    'error',
    true,
    false,
    false,
    'error',
    false,
  ])
})
