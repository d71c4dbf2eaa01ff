import { parseDocument } from 'yaml'
import { assessAgent } from '../../src/assess/risk/assess-agent.ts'
import type { RiskAssessment } from '../../src/assess/risk/assess-agent.ts'
import { compileTexts } from '../../src/model/load-ruleset.ts'
import type { RulesetTexts } from '../../src/model/load-ruleset.ts'
import { pinOf } from '../../src/model/pin.ts'
import type { ToolDefinition } from '../../src/model/pin.ts'
import type { Agent, Ruleset } from '../../src/model/ruleset.ts'

/** Texts of a ruleset that lies in no folder, every tool pinned. A tool takes the text arguments that are named for it, and no others. */
export function folderlessTexts(
  manifest: string,
  policies: Readonly<Record<string, string>>,
  argumentsOf: Readonly<Record<string, readonly string[]>> = {},
): RulesetTexts {
  const document = parseDocument(manifest)
  const { toolboxes } = document.toJS() as { toolboxes: Record<string, { tools: Record<string, unknown> }> }
  const lock: Record<string, Record<string, ToolDefinition>> = {}
  for (const [toolbox, { tools }] of Object.entries(toolboxes))
    for (const name of Object.keys(tools)) {
      const names = argumentsOf[`${toolbox}.${name}`] ?? []
      const definition: ToolDefinition = {
        name,
        inputSchema: {
          type: 'object',
          properties: Object.fromEntries(names.map((one) => [one, { type: 'string' }])),
          required: [...names],
          additionalProperties: false,
        },
      }
      lock[toolbox] = { ...lock[toolbox], [name]: definition }
      document.setIn(['toolboxes', toolbox, 'tools', name, 'pin'], pinOf(definition))
    }
  return {
    file: 'bailiwick.yaml',
    text: document.toString({ lineWidth: 0 }),
    lock: { version: 1, toolboxes: lock },
    policies: Object.entries(policies).map(([name, text]) => ({ name, file: `policies/${name}`, text })),
    base: '/srv/corp',
  }
}

/** The ruleset of texts, and its first agent. Throws when they do not compile. */
export function compiledTexts(texts: RulesetTexts): { readonly ruleset: Ruleset; readonly agent: Agent } {
  const { ruleset, diagnostics } = compileTexts(texts)
  const agent = [...(ruleset?.agents.values() ?? [])][0]
  if (ruleset === null || agent === undefined)
    throw new Error(diagnostics.map(({ code, line, message }) => `${code} ${line}: ${message}`).join('\n'))
  return { ruleset, agent }
}

export function assessed(texts: RulesetTexts): RiskAssessment {
  const { ruleset, agent } = compiledTexts(texts)
  return assessAgent(ruleset, agent)
}
