import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/model/json.ts'

const names = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', 'to') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '__entity',
      '__extn',
      'type',
      'id',
      'toString',
      '',
      '"',
      '\\',
      '\u0000',
      'x y',
      '\u202e',
      'if',
      'principal',
      '\u00e9',
    ),
  },
)

/** JSON Schemas as tools have them: nested, with unions, references, nulls, literals and what nobody should write. */
export const schemaArbitrary: fc.Arbitrary<JsonObject> = fc
  .letrec<{ schema: Json; object: JsonObject }>((tie) => ({
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<Json>({ type: 'string' }, { type: 'integer' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }, {}, true),
      fc.constantFrom<Json>(
        { type: ['string', 'null'] },
        { type: 'string', nullable: true },
        { type: ['integer', 'string'] },
        { anyOf: [{ type: 'string' }, { type: 'null' }] },
      ),
      fc.constantFrom<Json>(
        { enum: ['x', null] },
        { enum: ['x', 1] },
        { const: 1 },
        { const: null },
        { enum: [true] },
        { const: 'x', type: 'string' },
      ),
      fc.constantFrom<Json>(
        { $ref: '#/$defs/leaf' },
        { $ref: '#/$defs/maybe' },
        { $ref: '#/$defs/node' },
        { $ref: '#' },
        { $ref: '#/$defs/a~1b' },
      ),
      fc.record({ type: fc.constant('array'), items: tie('schema') }),
      fc.record({ type: fc.constant('array'), prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
      tie('object'),
    ) as fc.Arbitrary<Json>,
    object: fc
      .record({ properties: fc.dictionary(names, tie('schema'), { maxKeys: 4 }), open: fc.boolean() })
      .chain(({ properties, open }) =>
        fc
          .subarray(Object.keys(properties))
          .map((required) => ({ type: 'object', properties, required, ...(open ? { additionalProperties: true } : {}) })),
      ),
  }))
  .object.map((object) => ({
    ...object,
    $defs: {
      leaf: { type: 'string' },
      maybe: { type: ['integer', 'null'] },
      'a/b': { type: 'boolean' },
      node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, all: { type: 'array', items: { $ref: '#/$defs/node' } } } },
    },
  }))

const anything = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    1.5,
    0.12345,
    1e15,
    2 ** 53,
    -0,
    'x',
    '',
    { __entity: { type: 'Agent', id: 'boss' } },
    { __extn: { fn: 'ip', arg: '::1' } },
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
)

/** Values that a schema describes more or less; what does not fit is for the check to refuse. */
export function valuesOf(schema: Json | undefined, root: JsonObject, depth = 0): fc.Arbitrary<Json> {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema) || depth > 5) return anything
  const { type, enum: values, const: literal, $ref: reference, anyOf, items, prefixItems, properties } = schema as Record<string, Json>
  if (values !== undefined) return fc.constantFrom(...(values as Json[]))
  if (literal !== undefined) return fc.constant(literal)
  if (anyOf !== undefined) return fc.oneof(...(anyOf as Json[]).map((one) => valuesOf(one, root, depth + 1)))
  if (typeof reference === 'string')
    return valuesOf(
      reference === '#' ? root : (root['$defs'] as JsonObject)[reference.replace('#/$defs/', '').replace('~1', '/')],
      root,
      depth + 1,
    )
  const kinds = [type].flat() as Json[]
  const nullable = kinds.includes('null') || (schema as JsonObject)['nullable'] === true
  const one: fc.Arbitrary<Json> = kinds.includes('string')
    ? fc.string()
    : kinds.includes('integer')
      ? fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constant(-0))
      : kinds.includes('number')
        ? fc.oneof(
            fc.integer().map((n) => n / 4),
            fc.double({ noNaN: true, noDefaultInfinity: true }),
          )
        : kinds.includes('boolean')
          ? fc.boolean()
          : kinds.includes('array')
            ? prefixItems === undefined
              ? fc.array(valuesOf(items, root, depth + 1), { maxLength: 3 })
              : fc.tuple(...(prefixItems as Json[]).map((item) => valuesOf(item, root, depth + 1)))
            : kinds.includes('object')
              ? objectsOf(schema as JsonObject, (properties ?? {}) as JsonObject, root, depth)
              : anything
  return nullable ? fc.oneof(one, fc.constant(null)) : one
}

function objectsOf(schema: JsonObject, properties: JsonObject, root: JsonObject, depth: number): fc.Arbitrary<Json> {
  const known = fc.record(Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, valuesOf(inner, root, depth + 1)])), {
    requiredKeys: (schema['required'] ?? []) as string[],
  })
  const more = schema['additionalProperties'] === true ? fc.dictionary(names, anything, { maxKeys: 2 }) : fc.constant({})
  return fc.tuple(more, known).map(([others, own]) => ({ ...others, ...own }))
}
