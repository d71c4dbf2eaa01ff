import { canonicalJson, sha256Hex } from './json.ts'
import type { Json, JsonObject } from './json.ts'

/** A tool as its server defines it, reduced to what a model is shown and what arguments are checked against. */
export interface ToolDefinition {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly inputSchema: JsonObject
  readonly outputSchema?: JsonObject
  readonly annotations?: JsonObject
}

/**
 * Reduces what a server lists to the fields that a pin covers. Whatever is left out here is never shown to an agent,
 * so nothing unpinned can reach a model.
 */
export function toolDefinition(listed: Readonly<Record<string, unknown>>): ToolDefinition {
  const kept: Record<string, unknown> = {}
  for (const key of ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'])
    if (listed[key] !== undefined) kept[key] = listed[key]
  return kept as unknown as ToolDefinition
}

/** The pin of a tool: `sha256:` and the hash of its definition's canonical JSON (RFC 8785) under a domain tag. */
export function pinOf(definition: ToolDefinition): string {
  return `sha256:${sha256Hex(`bailiwick tool pin v1\n${canonicalJson(definition)}`)}`
}

export interface DefinitionChange {
  readonly path: string
  readonly before: Json | undefined
  readonly after: Json | undefined
}

/** What differs between two definitions, leaf by leaf; paths as JSON pointers. */
export function definitionChanges(before: unknown, after: unknown, path = ''): DefinitionChange[] {
  if (before === after) return []
  if (typeof before === 'object' && before !== null && typeof after === 'object' && after !== null) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].flatMap((key) =>
      definitionChanges(
        (before as Record<string, unknown>)[key],
        (after as Record<string, unknown>)[key],
        `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      ),
    )
  }
  return [{ path: path === '' ? '/' : path, before: before as Json | undefined, after: after as Json | undefined }]
}
