import { Ajv } from 'ajv'
import type { Options, ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { canonicalJson } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { schemaPattern } from './regular-expression.ts'

/** Checks arguments against a tool's JSON Schema. Returns null when they fit, else what is wrong in words an agent can act on. */
export type InputCheck = (value: JsonObject) => string | null

/**
 * Compiles a tool's input schema, 2020-12 (also when `$schema` is absent), 2019-09 or draft-07.
 * @throws Error when the schema is of another draft, does not compile, or refers to something outside itself.
 */
export function inputCheck(schema: JsonObject): InputCheck {
  const validate = compileSchema(schema)
  const declared = closedArguments(schema)
  return (value) => {
    const undeclared = declared === null ? undefined : Object.keys(value).find((name) => !declared.has(name))
    if (undeclared !== undefined) return `the tool has no argument \`${undeclared}\``
    if (validate(value)) return null
    const error = validate.errors?.[0]
    if (error === undefined) return 'the arguments do not fit the schema of the tool'
    const where = error.instancePath === '' ? 'the arguments' : `\`${error.instancePath.slice(1).replaceAll('/', '.')}\``
    const extra =
      error.keyword === 'additionalProperties'
        ? ` (\`${String((error.params as { additionalProperty: unknown }).additionalProperty)}\`)`
        : error.keyword === 'enum'
          ? ` (${JSON.stringify((error.params as { allowedValues: unknown }).allowedValues)})`
          : ''
    return `${where} ${error.message ?? 'is not valid'}${extra}`
  }
}

/**
 * The arguments that a tool declares, or null where its schema says in so many words that there may be others. JSON Schema
 * lets undeclared properties pass when it says nothing; but nobody has reviewed what such an argument does.
 */
function closedArguments(schema: JsonObject): ReadonlySet<string> | null {
  const open = ['additionalProperties', 'patternProperties', 'unevaluatedProperties', 'anyOf', 'oneOf', 'allOf', '$ref'].some(
    (key) => key in schema,
  )
  return open ? null : new Set(Object.keys((schema['properties'] ?? {}) as object))
}

/** The check of a JSON Schema as such. @throws as {@link inputCheck} does */
export function compileSchema(schema: JsonObject): ValidateFunction {
  const options: Options = {
    strict: false,
    ownProperties: true,
    validateFormats: true,
    logger: false,
    code: { regExp: Object.assign((pattern: string, flags: string) => schemaPattern(pattern, flags), { code: 'schemaPattern' }) as never },
  }
  const draft =
    typeof schema['$schema'] === 'string'
      ? schema['$schema'].replace(/#$/, '').replace(/^https?:\/\//, '')
      : 'json-schema.org/draft/2020-12/schema'
  const ajv =
    draft === 'json-schema.org/draft/2020-12/schema'
      ? new Ajv2020(options)
      : draft === 'json-schema.org/draft/2019-09/schema'
        ? new Ajv2019(options)
        : draft === 'json-schema.org/draft-07/schema'
          ? new Ajv(options)
          : null
  if (ajv === null) throw new Error(`the dialect \`${draft}\` is not supported; use 2020-12 or draft-07`)
  ;(formats as unknown as (target: unknown) => void)(ajv)
  // The two checks whose time grows with the square of a text's or a list's length, in linear time.
  ajv.addFormat('url', (text) => URL.canParse(text))
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must NOT have duplicate items' },
    validate: (unique: boolean, items: readonly Json[]) => !unique || new Set(items.map(canonicalJson)).size === items.length,
  })
  const validate = ajv.compile(schema)
  // Ajv's own extension: such a check answers with a promise, which is true before it is kept.
  if ('$async' in validate) throw new Error('it has the keyword `$async`, which JSON Schema does not know')
  return validate
}
