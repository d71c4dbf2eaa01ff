import fc from 'fast-check'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import type { FrameDeclaration } from '../../../src/model/manifest.ts'
import type { ContractPart, PartFrame, ToolPart } from '../../../src/model/narrowing/contract-part.ts'

/** The parameters that frames here refer to; `$gone` refers to none. */
export const params: JsonObject = { who: 'ann', most: 3, site: 'corp.example' }

const texts = ['a', 'ann', 'ab', 'abc', 'x', '', '$who']
const places = [
  'ann@corp.example',
  'bob@mail.corp.example',
  'eve@a.mail.corp.example',
  'spy@evil.example',
  'https://corp.example/x',
  'https://mail.corp.example',
]
const files = ['/srv/data', '/srv/data/a.csv', '/srv/data/pub/b.csv', '/srv/data/../x', '/srv/database/c', '/etc/passwd', 'a.csv']
const atoms: readonly Json[] = [...texts, ...places, ...files, -1, 0, -0, 1, 2, 2.5, 3, 10, true, false, null]

/** Values that frames here say something about, and lists and objects of them. */
export const value: fc.Arbitrary<Json> = fc.letrec((tie) => ({
  atom: fc.constantFrom(...atoms),
  value: fc.oneof(
    { weight: 5, arbitrary: tie('atom') },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.record({ a: tie('value'), b: tie('value') }, { requiredKeys: [] }) },
  ),
})).value as fc.Arbitrary<Json>

const number = fc.constantFrom(-1, 0, 1, 2, 2.5, 3, 10)
const bound = fc.oneof(number, fc.constantFrom('$most', '$gone'))
const inner = fc.oneof(
  fc.constantFrom<FrameDeclaration>('a', '$who', 1, true),
  fc.record({ in: fc.subarray([1, 2, 'a', 'b'], { minLength: 1 }) }),
)

/** Frames as manifests have them. */
export const frame: fc.Arbitrary<FrameDeclaration> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<FrameDeclaration>('a', 'ann', '$who', '$gone', '$$who', 1, 2.5, true) },
  {
    weight: 5,
    arbitrary: fc
      .record(
        {
          in: fc.array(fc.constantFrom(...atoms, ['a'], ['a', 1]), { minLength: 1, maxLength: 4 }),
          pattern: fc.constantFrom('a+', '[a-z]*', '.*@corp\\.example'),
          range: fc.oneof(fc.tuple(bound, bound), fc.record({ min: bound, max: bound }, { requiredKeys: [] })),
          prefix: fc.constantFrom('a', 'an', '$who', '$gone', '/srv'),
          domain: fc.oneof(
            fc.constantFrom('corp.example', '*.corp.example', '*.mail.corp.example', 'mail.corp.example', '$site'),
            fc.subarray(['corp.example', '*.corp.example', '*.example', 'evil.example'], { minLength: 1 }),
          ),
          path: fc.constantFrom('/srv/data', 'pub', '/srv/data/pub', '/', '/srv/data/../data'),
          fields: fc.dictionary(fc.constantFrom('a', 'b'), inner, { minKeys: 1 }),
          optional: fc.boolean(),
        },
        { requiredKeys: [] },
      )
      .map((all) => Object.fromEntries(Object.entries(all).slice(0, 3)) as FrameDeclaration)
      .filter((all) => Object.keys(all).some((key) => key !== 'optional')),
  },
)

const limit = fc.option(fc.constantFrom({ at: 0, open: false }, { at: 1, open: true }, { at: 2, open: false }, { at: 3, open: true }))
const some = fc.array(fc.constantFrom<Json>(...atoms, ['a'], { a: 1 }), { maxLength: 4 })

/** Frames as parts have them. */
export const partFrame: fc.Arbitrary<PartFrame> = fc.letrec((tie) => ({
  part: fc.oneof(
    { weight: 6, arbitrary: frame },
    { weight: 1, arbitrary: fc.record({ oneOf: some }) },
    { weight: 1, arbitrary: fc.record({ noneOf: some }) },
    { weight: 1, arbitrary: fc.record({ has: some }) },
    { weight: 1, arbitrary: fc.record({ only: some }) },
    { weight: 1, arbitrary: fc.record({ from: limit, to: limit }) },
    { weight: 1, arbitrary: fc.record({ all: fc.array(tie('part'), { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ any: fc.array(tie('part'), { maxLength: 3 }) }) },
  ),
})).part as fc.Arbitrary<PartFrame>

export const tools: readonly string[] = ['mail.send', 'notes.read', 'notes.purge']

const toolPart: fc.Arbitrary<ToolPart> = fc.record({
  frames: fc.dictionary(fc.constantFrom('a', 'b', 'c'), partFrame),
  more: fc.boolean(),
})

const most = (top: number): fc.Arbitrary<number | null> => fc.option(fc.integer({ min: 1, max: top }))

/** Parts without limits that a single call could meet; {@link limited} has them. */
export const part: fc.Arbitrary<ContractPart> = fc.record({
  tools: fc.dictionary(fc.constantFrom(...tools), toolPart),
  allow: fc.subarray(['sampling', 'logging'] as const),
  limits: fc.record({
    calls: most(6),
    resultBytes: most(500),
    lifetime: fc.option(fc.constantFrom(1000, 60_000)),
    rates: fc.dictionary(
      fc.constantFrom(...tools),
      fc.record({ calls: fc.integer({ min: 1, max: 4 }), within: fc.constantFrom(1000, 2500, 60_000) }),
    ),
    repeats: most(5),
  }),
  expires: fc.option(fc.constantFrom(1000, 2000)),
})

/** One part made from another, narrower in places and now and then wider. */
export function changed(of: ContractPart): fc.Arbitrary<ContractPart> {
  const frames = (own: ToolPart): fc.Arbitrary<ToolPart> =>
    fc.record({
      frames: fc
        .tuple(...Object.entries(own.frames).map(([name, one]) => fc.tuple(fc.constant(name), narrowed(one))))
        .map((all) => Object.fromEntries(all)) as fc.Arbitrary<ToolPart['frames']>,
      more: fc.boolean().map((more) => own.more && more),
    })
  return fc.record({
    tools: fc
      .tuple(...Object.entries(of.tools).map(([tool, own]) => fc.option(fc.tuple(fc.constant(tool), frames(own)), { freq: 4 })))
      .map((all) => Object.fromEntries(all.filter((one) => one !== null))),
    allow: fc.subarray([...of.allow]),
    limits: fc.oneof(
      { weight: 4, arbitrary: fc.constant(of.limits) },
      part.map(({ limits }) => limits),
    ),
    expires: fc.oneof({ weight: 4, arbitrary: fc.constant(of.expires) }, fc.constant(500)),
  })
}

function narrowed(of: PartFrame): fc.Arbitrary<PartFrame> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(of) },
    { weight: 2, arbitrary: partFrame },
    { weight: 2, arbitrary: partFrame.map((more): PartFrame => ({ all: [of, more] })) },
    { weight: 1, arbitrary: fc.constantFrom(...atoms).map((one): PartFrame => ({ oneOf: [one] })) },
  )
}
