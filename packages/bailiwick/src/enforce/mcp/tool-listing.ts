import { pinOf, toolDefinition } from '../../model/pin.ts'
import type { ToolDefinition } from '../../model/pin.ts'

export interface ListedTool {
  readonly definition: ToolDefinition
  readonly pin: string
}

/**
 * The tools that a server lists, by name. A name listed twice has no definition to rely on, and none here, so that the
 * tool counts as not offered. So does one whose definition has no canonical form.
 */
export function toolListing(listed: readonly Readonly<Record<string, unknown>>[]): ReadonlyMap<string, ListedTool> {
  const tools = new Map<string, ListedTool>()
  const twice = new Set<string>()
  for (const raw of listed) {
    const definition = toolDefinition(raw)
    if (typeof definition.name !== 'string' || typeof definition.inputSchema !== 'object') continue
    if (tools.has(definition.name)) twice.add(definition.name)
    const pin = pinOrNull(definition)
    if (pin !== null) tools.set(definition.name, { definition, pin })
  }
  for (const name of twice) tools.delete(name)
  return tools
}

function pinOrNull(definition: ToolDefinition): string | null {
  try {
    return pinOf(definition)
  } catch (error) {
    // A text that is not Unicode has no canonical JSON.
    if (error instanceof Error) return null
    throw error
  }
}
