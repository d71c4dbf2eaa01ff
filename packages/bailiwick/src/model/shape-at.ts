import type { CedarShape } from './cedar-shape.ts'
import { isJsonObject } from './json.ts'
import type { Tool } from './ruleset.ts'

/** The shape of an argument, or of a member of one, in a tool's input; null when the tool has no such argument. Lists are looked through. */
export function shapeAt(tool: Tool | undefined, names: readonly string[]): CedarShape | null {
  if (tool === undefined) return null
  let shape: CedarShape = tool.shape
  for (const [depth, name] of names.entries()) {
    while (shape.kind === 'set') shape = shape.of
    if (shape.kind === 'json') return shape
    if (shape.kind !== 'record') return null
    const field = shape.fields.get(name)
    if (field === undefined) return depth === 0 && takesAnything(tool) ? { kind: 'json' } : null
    shape = field.shape
  }
  return shape
}

/** Whether a tool takes arguments that its schema does not name. The governed reads do not. */
function takesAnything(tool: Tool): boolean {
  const properties = tool.definition?.inputSchema['properties']
  return tool.definition !== null && (!isJsonObject(properties) || tool.definition.inputSchema['additionalProperties'] === true)
}
