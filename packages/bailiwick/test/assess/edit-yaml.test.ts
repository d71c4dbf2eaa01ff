import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { withYamlValue } from '../../src/assess/risk/edit-yaml.ts'

const manifest = `# A comment.
goals:
  work: # the goal
    tools: { mail.send: {} }
    limits:
      calls: 200 # plenty
      # about minutes
      rates: { mail.send: 3/1h }
    confirm:
      - mail.send # always
  play: { tools: {} }
  rest:
    description: |
      Long
      text
# The end.
`

test.each<[readonly string[], number | string | readonly string[], string]>([
  [['goals', 'work', 'limits', 'calls'], 50, '      calls: 50 # plenty'],
  [['goals', 'work', 'limits', 'minutes'], 15, '      rates: { mail.send: 3/1h }\n      minutes: 15'],
  [['goals', 'work', 'confirm'], ['mail.send', 'mail.drop'], '      - mail.send\n      - mail.drop'],
  [['goals', 'play', 'limits', 'calls'], 50, '  play: { tools: {}, limits: { calls: 50 } }'],
  [['goals', 'play', 'tools', 'x'], 1, '  play: { tools: { x: 1 } }'],
  [['goals', 'rest', 'limits', 'calls'], 50, '      text\n    limits: { calls: 50 }'],
  [['facts', 'acts', 'count'], ['a.b'], '      text\nfacts: { acts: { count: [a.b] } }\n# The end.'],
])('Setting %j changes what it should, and no other character.', (path, value, shown) => {
  const edited = withYamlValue(manifest, path, value)
  expect(edited).toContain(shown)
  for (const comment of ['# A comment.', '# the goal', '# about minutes', '# The end.']) expect(edited).toContain(comment)
  let node: unknown = parse(edited)
  for (const key of path) node = (node as Record<string, unknown>)[key]
  expect(node).toEqual(value)
})

test('What stands behind an alias, in a list, or in a text is not edited.', () => {
  for (const text of ['a: &x { b: 1 }\nc: *x\n', 'a: { b: 1 }\nc: [1]\n', 'a: 1\nc: text\n'])
    expect(() => withYamlValue(text, ['c', 'b'], 2), text).toThrow(RangeError)
  expect(() => withYamlValue('a: &x { b: 1 }\nc: *x\n', ['a', 'b'], 2)).toThrow(RangeError)
})

test('Whatever is set in whatever map, the rest of the document stays as it was.', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd e', '1')
  const tree = fc.letrec((tie) => ({
    map: fc.dictionary(key, fc.oneof({ depthSize: 'small' }, fc.integer(), fc.string(), tie('map')), { minKeys: 1 }),
  })).map
  let edits = 0
  fc.assert(
    fc.property(tree, fc.array(key, { minLength: 1, maxLength: 3 }), fc.integer(), fc.boolean(), (value, path, leaf, flow) => {
      const text = flow ? JSON.stringify(value) : yamlBlock(value)
      let edited: string
      try {
        edited = withYamlValue(text, path, leaf)
      } catch (error) {
        if (error instanceof RangeError) return
        throw error
      }
      const wanted: Record<string, unknown> = structuredClone(value)
      let node = wanted
      for (const step of path.slice(0, -1)) node = (node[step] ??= {}) as Record<string, unknown>
      node[path.at(-1) as string] = leaf
      expect(parse(edited)).toEqual(wanted)
      edits += 1
    }),
  )
  expect(edits).toBeGreaterThan(30)
})

function yamlBlock(value: Readonly<Record<string, unknown>>, indent = ''): string {
  return Object.entries(value)
    .map(([key, inner]) =>
      typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0
        ? `${indent}${JSON.stringify(key)}: # of ${indent.length}\n${yamlBlock(inner as Record<string, unknown>, `${indent}  `)}`
        : `${indent}${JSON.stringify(key)}: ${JSON.stringify(inner)}\n`,
    )
    .join('')
}
