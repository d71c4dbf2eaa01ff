import type { CedarValue } from '@bailiwick/cedar'
import type { CedarShape } from './cedar-shape.ts'
import { canonicalJson, isJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'

/** Arguments as policies see them. `rest` holds what the shape does not name, by JSON pointer; `problem` says why a value cannot be shown to a policy. */
export interface CedarArguments {
  readonly input: Readonly<Record<string, CedarValue>>
  readonly rest: JsonObject
  readonly problem: string | null
}

/** Converts arguments that have passed the tool's JSON Schema. A null counts as absent. */
export function toCedarArguments(shape: Extract<CedarShape, { kind: 'record' }>, value: JsonObject): CedarArguments {
  const rest: Record<string, Json> = {}
  const problems: string[] = []
  const input = record(shape, value, '', rest, problems)
  return { input, rest, problem: problems[0] ?? null }
}

function record(
  shape: Extract<CedarShape, { kind: 'record' }>,
  value: JsonObject,
  path: string,
  rest: Record<string, Json>,
  problems: string[],
): Record<string, CedarValue> {
  const converted: Record<string, CedarValue> = {}
  for (const [name, inner] of Object.entries(value)) {
    const field = shape.fields.get(name)
    const at = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (field === undefined) rest[at] = inner
    else if (inner !== null) converted[name] = convert(field.shape, inner, at, rest, problems)
  }
  return converted
}

function convert(shape: CedarShape, value: Json, path: string, rest: Record<string, Json>, problems: string[]): CedarValue {
  switch (shape.kind) {
    case 'string':
      if (typeof value === 'string') return value
      break
    case 'long':
      if (Number.isSafeInteger(value)) return value as number
      break
    case 'bool':
      if (typeof value === 'boolean') return value
      break
    case 'decimal':
      if (typeof value === 'number') return decimal(value, path, problems)
      break
    case 'set':
      if (Array.isArray(value))
        return (value as readonly Json[]).map((item, index) => convert(shape.of, item, `${path}/${index}`, rest, problems))
      break
    case 'record':
      if (isJsonObject(value)) return record(shape, value, path, rest, problems)
      break
    case 'json':
      return canonicalJson(value)
  }
  problems.push(`\`${path.slice(1)}\` is not of the type that the tool declares`)
  return false
}

/** Cedar's `decimal` has four places and 64 bits; a number that does not fit cannot be compared, so it is not let through unseen. */
function decimal(value: number, path: string, problems: string[]): CedarValue {
  const text = value.toFixed(4)
  if (Number(text) !== value || Math.abs(value) > 922_337_203_685_477)
    problems.push(`\`${path.slice(1)}\` has more than four decimal places or is too large; round it`)
  return { __extn: { fn: 'decimal', arg: text } }
}
