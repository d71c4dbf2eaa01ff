import { argumentsShape } from './cedar-shape.ts'
import type { Diagnostic } from './diagnostic.ts'
import { inputCheck } from './input-check.ts'
import type { JsonObject } from './json.ts'
import type { Lock } from './lock.ts'
import type { Manifest } from './manifest.ts'
import { outputCheck } from './output-check.ts'
import { pinOf } from './pin.ts'
import type { ToolDefinition } from './pin.ts'
import type { Tool } from './ruleset.ts'
import { shownName } from './shown-name.ts'
import { lookAlike } from './text-hygiene.ts'
import type { YamlSource } from './yaml-source.ts'

const readSchemas: Readonly<Record<string, JsonObject>> = {
  'resources/read': { type: 'object', properties: { uri: { type: 'string' } }, required: ['uri'], additionalProperties: false },
  'prompts/get': {
    type: 'object',
    properties: { name: { type: 'string' }, arguments: { type: 'object' } },
    required: ['name'],
    additionalProperties: false,
  },
}

/** Checks and compiles the inventory: each tool has its pin, its definition in the lock fits it, its schema compiles, its name is its own. */
export function compileTools(yaml: YamlSource, manifest: Manifest, lock: Lock): { tools: Map<string, Tool>; diagnostics: Diagnostic[] } {
  const tools = new Map<string, Tool>()
  const diagnostics: Diagnostic[] = []
  for (const [toolbox, declaration] of Object.entries(manifest.toolboxes)) {
    for (const [name, tool] of Object.entries(declaration.tools)) {
      const path = ['toolboxes', toolbox, 'tools', name]
      const key = `${toolbox}.${name}`
      const definition = definitionIn(lock, toolbox, name)
      const builtIn = Object.hasOwn(readSchemas, name) ? readSchemas[name] : undefined
      const problem = builtIn === undefined ? pinProblem(key, toolbox, tool.pin, definition) : null
      if (problem !== null) {
        diagnostics.push(yaml.finding('TOOL_UNPINNED', path, problem.message, problem.mend, 'key'))
        continue
      }
      const schema = builtIn ?? (definition as ToolDefinition).inputSchema
      for (const argument of Object.keys(tool.sinks))
        if (!namesArgument(schema, argument))
          diagnostics.push(
            yaml.finding(
              'MANIFEST_REFERENCE',
              [...path, 'sinks', argument],
              `\`${key}\` has no argument \`${argument}\``,
              `its arguments are ${argumentNames(schema)}`,
              'key',
            ),
          )
      try {
        tools.set(key, {
          key,
          toolbox,
          name,
          shown: builtIn === undefined ? shownName(toolbox, name, declaration.names) : null,
          declaration: tool,
          definition: builtIn === undefined ? definition : null,
          pin: builtIn === undefined ? (tool.pin ?? null) : null,
          checkInput: inputCheck(schema),
          checkOutput: definition?.outputSchema === undefined ? null : outputCheck(definition.outputSchema),
          shape: argumentsShape(schema),
        })
      } catch (error) {
        diagnostics.push(
          yaml.finding(
            'TOOL_SCHEMA',
            path,
            `the input schema of \`${key}\` cannot be used: ${(error as Error).message}`,
            'have the server mend it, or remove the tool',
            'key',
          ),
        )
      }
    }
  }
  return { tools, diagnostics: [...diagnostics, ...clashes(yaml, [...tools.values()])] }
}

function definitionIn({ toolboxes }: Lock, toolbox: string, name: string): ToolDefinition | null {
  const tools = Object.hasOwn(toolboxes, toolbox) ? toolboxes[toolbox] : undefined
  return tools !== undefined && Object.hasOwn(tools, name) ? (tools[name] as ToolDefinition) : null
}

function pinProblem(
  key: string,
  toolbox: string,
  pin: string | undefined,
  definition: ToolDefinition | null,
): { message: string; mend: string } | null {
  if (pin === undefined)
    return { message: `\`${key}\` is not pinned`, mend: `run \`bailiwick pin ${toolbox}\` to look at its definition and pin it` }
  if (definition === null)
    return { message: `\`${key}\` is pinned, but its definition is not in bailiwick.lock.json`, mend: `run \`bailiwick pin ${toolbox}\`` }
  if (pinOf(definition) !== pin)
    return {
      message: `the pin of \`${key}\` does not fit its definition in bailiwick.lock.json`,
      mend: `someone changed one of them; run \`bailiwick pin ${toolbox}\` to see what the server says now`,
    }
  return null
}

function clashes(yaml: YamlSource, tools: readonly Tool[]): Diagnostic[] {
  const found: Diagnostic[] = []
  const seen: Tool[] = []
  for (const tool of tools) {
    if (tool.shown === null) continue
    const other = seen.find((earlier) => earlier.shown === tool.shown || lookAlike(earlier.shown as string, tool.shown as string))
    if (other !== undefined)
      found.push(
        yaml.finding(
          'MANIFEST_NAME_CLASH',
          ['toolboxes', tool.toolbox, 'tools', tool.name],
          `\`${tool.key}\` would be shown as \`${tool.shown}\`, which ${other.shown === tool.shown ? 'is also the name of' : 'looks like'} \`${other.key}\``,
          'remove `names: plain` from one of the toolboxes, or leave one of the tools out',
          'key',
        ),
      )
    seen.push(tool)
  }
  return found
}

function namesArgument(schema: JsonObject, argument: string): boolean {
  const properties = schema['properties']
  return (
    typeof properties !== 'object' || properties === null || Object.hasOwn(properties, argument) || schema['additionalProperties'] === true
  )
}

function argumentNames(schema: JsonObject): string {
  const names = Object.keys((schema['properties'] ?? {}) as object)
  return names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', ')
}
