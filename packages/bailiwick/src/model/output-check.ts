import { compileSchema } from './input-check.ts'
import type { Json, JsonObject } from './json.ts'

/** True when a structured result is what its tool promised. */
export type OutputCheck = (value: Json) => boolean

/** Checks results against a tool's output schema. It is compiled at the first check; a schema that cannot be used fits nothing. */
export function outputCheck(schema: JsonObject): OutputCheck {
  let validate: OutputCheck | null = null
  return (value) => {
    validate ??= compiled(schema)
    return validate(value)
  }
}

function compiled(schema: JsonObject): OutputCheck {
  try {
    const check = compileSchema(schema)
    return (value) => check(value)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    // Nobody but a sanitised call depends on it, and that then fails closed.
    return () => false
  }
}
