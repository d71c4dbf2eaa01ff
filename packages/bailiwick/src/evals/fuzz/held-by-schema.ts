import { compileSchema } from '../../model/input-check.ts'
import { canonicalJson, isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Tool } from '../../model/ruleset.ts'
import { inputSchemaOf } from '../generate/honest-task.ts'

/** What the tool's schema holds of an argument by itself, so that widening a frame as far as that changes no decision. */
export interface HeldBySchema {
  readonly required: boolean
  readonly minimum: number
  readonly maximum: number
  /** Whether the schema refuses a value, beyond doubt. */
  readonly refuses: (value: Json) => boolean
  /** Whether every value that the schema takes is one of these. */
  readonly within: (values: readonly Json[]) => boolean
}

export const nothingHeld: HeldBySchema = {
  required: false,
  minimum: Number.NEGATIVE_INFINITY,
  maximum: Number.POSITIVE_INFINITY,
  refuses: () => false,
  within: () => false,
}

export function heldBySchema(tool: Tool | undefined, argument: string): HeldBySchema {
  const schema = tool === undefined ? {} : inputSchemaOf(tool)
  const { properties, required } = schema
  const property = isJsonObject(properties) && Object.hasOwn(properties, argument) ? properties[argument] : undefined
  if (!isJsonObject(property))
    return { ...nothingHeld, required: Array.isArray(required) && (required as readonly unknown[]).includes(argument) }
  const { minimum, maximum, enum: listed } = property
  return {
    required: Array.isArray(required) && (required as readonly unknown[]).includes(argument),
    minimum: typeof minimum === 'number' ? minimum : nothingHeld.minimum,
    maximum: typeof maximum === 'number' ? maximum : nothingHeld.maximum,
    refuses: (value) => refuses(property, value),
    within: (values) => {
      const known = new Set(values.map((value) => canonicalJson(value)))
      return Array.isArray(listed) && (listed as readonly Json[]).every((value) => known.has(canonicalJson(value)))
    },
  }
}

/** A schema that refers to others is not judged apart from them. */
function refuses(schema: JsonObject, value: Json): boolean {
  return !JSON.stringify(schema).includes('"$ref"') && !compileSchema(schema)(value)
}
