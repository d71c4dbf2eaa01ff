import fc from 'fast-check'
import type { CedarValue } from '../../src/index.ts'
import { attributeName, attributeNames, choices, entityTypes, extensionArguments, ids, quote, text } from './names.ts'

/** A type of a generated schema. */
export type GeneratedType =
  | { readonly kind: 'Bool' | 'Long' | 'String' | 'ipaddr' | 'decimal' | 'datetime' | 'duration' }
  | { readonly kind: 'entity'; readonly name: string }
  | { readonly kind: 'set'; readonly element: GeneratedType }
  | { readonly kind: 'record'; readonly attributes: GeneratedAttributes }

export type GeneratedAttributes = readonly { readonly name: string; readonly required: boolean; readonly type: GeneratedType }[]

const { type } = fc.letrec<{ type: GeneratedType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    {
      weight: 6,
      arbitrary: fc.constantFrom('Bool', 'Long', 'String', 'ipaddr', 'decimal', 'datetime', 'duration').map((kind) => ({ kind }) as const),
    },
    { weight: 2, arbitrary: fc.constantFrom(...entityTypes).map((name) => ({ kind: 'entity', name }) as const) },
    { weight: 2, arbitrary: tie('type').map((element) => ({ kind: 'set', element }) as const) },
    { weight: 1, arbitrary: attributesOf(tie('type')).map((attributes) => ({ kind: 'record', attributes }) as const) },
  ),
}))

export { type as generatedType }
export const generatedAttributes: fc.Arbitrary<GeneratedAttributes> = attributesOf(type)

function attributesOf(inner: fc.Arbitrary<GeneratedType>): fc.Arbitrary<GeneratedAttributes> {
  return fc.uniqueArray(fc.record({ name: fc.constantFrom(...attributeNames), required: fc.boolean(), type: inner }), {
    maxLength: 4,
    selector: (attribute) => attribute.name,
  })
}

/** A type as Cedar's schema syntax writes it. */
export function typeText(one: GeneratedType): string {
  switch (one.kind) {
    case 'entity':
      return one.name
    case 'set':
      return `Set<${typeText(one.element)}>`
    case 'record':
      return recordText(one.attributes)
    default:
      return one.kind
  }
}

export function recordText(attributes: GeneratedAttributes): string {
  return `{${attributes.map(({ name, required, type: of }) => `${quote(name)}${required ? '' : '?'}: ${typeText(of)}`).join(', ')}}`
}

/** A value of a type in one of its JSON forms; now and then of another type, or none of Cedar's. */
export function valueOf(one: GeneratedType): fc.Arbitrary<CedarValue> {
  return fc.oneof({ weight: 150, arbitrary: fitting(one) }, { weight: 1, arbitrary: fc.oneof(type.chain(fitting), oddities) })
}

const oddities = fc.constantFrom<CedarValue>(
  null as never,
  1.5,
  { __entity: { type: 'User', id: 'u' } },
  { __entity: { type: '__cedar::User', id: 'u' } },
  { __entity: { type: 'User' } } as never,
  { __entity: { type: 'a b', id: 'u' } },
  { __extn: { fn: 'ip' } } as never,
  { __extn: { fn: 'nothing', arg: 'x' } },
  { __extn: { fn: 'isIpv4', arg: { __extn: { fn: 'ip', arg: '::1' } } } },
  { __expr: 'principal' },
  { type: 'User', id: 'u' },
  { fn: 'ip', arg: '::1' },
  { __extn: { fn: 'offset', args: [{ __extn: { fn: 'datetime', arg: '2024-01-01' } }, { __extn: { fn: 'duration', arg: '1d' } }] } },
  { __entity: { type: 'User', id: 'u' }, more: 1 },
)

function fitting(one: GeneratedType): fc.Arbitrary<CedarValue> {
  switch (one.kind) {
    case 'Bool':
      return fc.boolean()
    case 'Long':
      return fc.oneof(
        fc.integer({ min: -3, max: 3 }),
        fc.maxSafeInteger(),
        fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 86_400_000),
      )
    case 'String':
      return text
    case 'entity':
      return fc
        .tuple(fc.constantFrom(...(one.name === 'Kind' ? choices : ids)), fc.integer({ min: 0, max: 5 }))
        .map(([id, form]) => (form === 0 ? { type: one.name, id } : { __entity: { type: one.name, id } }))
    case 'set':
      return fc.array(valueOf(one.element), { maxLength: 3 })
    case 'record':
      return recordValue(one.attributes)
    default: {
      const fn = one.kind === 'ipaddr' ? 'ip' : one.kind
      const wellFormed = extensionArguments[fn].slice(0, 2)
      const argument = fc.oneof(
        { weight: 40, arbitrary: fc.constantFrom(...wellFormed) },
        { weight: 1, arbitrary: fc.constantFrom(...extensionArguments[fn]) },
      )
      return fc.tuple(argument, fc.integer({ min: 0, max: 30 })).map(([arg, form]): CedarValue => {
        if (form === 0) return arg
        if (form === 1) return { fn, arg }
        return form < 6 ? { __extn: { fn, args: [arg] } } : { __extn: { fn, arg } }
      })
    }
  }
}

/** A record of a type: required attributes nearly always, others sometimes, one too many now and then. */
export function recordValue(attributes: GeneratedAttributes): fc.Arbitrary<Record<string, CedarValue>> {
  const each = attributes.map(({ name, required, type: of }) =>
    fc
      .tuple(fc.integer({ min: 0, max: 199 }), valueOf(of))
      .map(([chance, value]) => (chance < (required ? 1 : 80) ? [] : [[name, value] as const])),
  )
  const surplus = fc
    .tuple(fc.integer({ min: 0, max: 299 }), attributeName, fc.integer())
    .map(([chance, name, value]) => (chance === 0 ? [[name, value] as const] : []))
  return fc.tuple(surplus, ...each).map((pairs) => Object.fromEntries(pairs.flat()))
}
