import type { CallToolResult, InputRequiredResult, Server, ServerContext } from '@modelcontextprotocol/server'
import { ProtocolError } from '@modelcontextprotocol/server'
import { isInputRequiredResult } from '@modelcontextprotocol/client'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Ruleset, Tool, Toolbox } from '../../model/ruleset.ts'
import { isBuiltInRead } from '../../model/vocabulary.ts'
import { decisionMeta, denialText } from '../denial.ts'
import { SessionContract } from '../session-contract.ts'
import { serveGoverned } from './governed-request.ts'
import type { SessionGateway } from './session-gateway.ts'
import type { ListedTool } from './tool-listing.ts'

/** Serves `tools/list` and `tools/call`. */
export function serveTools(server: Server, gateway: SessionGateway): void {
  server.setRequestHandler('tools/list', async (_request, context) => {
    return { tools: (await shownTools(gateway, await gateway.admit(context))) as never }
  })
  server.setRequestHandler(
    'tools/call',
    (request, context) => callTool(gateway, request.params.name, (request.params.arguments ?? {}) as JsonObject, context) as never,
  )
}

/** The tools of the contract whose definitions are still the pinned ones, as pinned, under the names that agents use. */
async function shownTools(gateway: SessionGateway, contract: SessionContract): Promise<Record<string, unknown>[]> {
  for (const toolbox of contract.toolboxes) gateway.connection(toolbox, contract).forgetTools()
  const tools = contract.tools.filter((tool) => tool.shown !== null)
  const live = await Promise.all(tools.map((tool) => liveTool(gateway, tool, contract)))
  const shown: Record<string, unknown>[] = []
  for (const [index, tool] of tools.entries()) {
    const found = live[index] ?? null
    if (found instanceof BailiwickError) continue
    if (found?.pin === tool.pin) shown.push({ ...tool.definition, name: tool.shown })
    else await gateway.withhold(tool, found?.pin ?? null)
  }
  return shown
}

async function callTool(
  gateway: SessionGateway,
  name: string,
  args: JsonObject,
  context: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  // In the same turn as the call takes the ruleset that it is decided by. No replacement changes which tool a name shows, or where it lives.
  const { current } = gateway.governed.runtime.rules
  const shown = [...current.tools.values()].find((one) => one.shown === name) ?? null
  const key = shown?.key ?? unknownTool(current, name)
  let lacking = ''
  const livePin = async (ruleset: Ruleset): Promise<string | null> => {
    const tool = ruleset.tools.get(key)
    // A name that showed no tool shows none now either, should rules that came meanwhile have a tool by such a key.
    if (shown === null || tool === undefined) return null
    const contract = gateway.governed.contractUnder(ruleset)
    // A toolbox that the contract does not name is not asked: the call is refused for that, and not for a pin.
    if (!contract.toolboxes.some((toolbox) => toolbox.name === tool.toolbox)) return tool.pin
    const live = await liveTool(gateway, tool, contract)
    if (live instanceof BailiwickError) {
      // What is not offered for want of a credential can be had again: whoever hears it can see to that.
      if (live.code === 'CREDENTIAL_REFUSED') lacking = `\n${live.message}`
      return null
    }
    if (live?.pin !== tool.pin) await gateway.withhold(tool, live?.pin ?? null)
    return live?.pin ?? null
  }
  const served = await serveGoverned(
    gateway,
    {
      tool: key,
      arguments: args,
      toolbox: shown === null ? null : (current.toolboxes.get(shown.toolbox) ?? null),
      livePin,
      method: 'tools/call',
      params: { name: shown?.name ?? name, arguments: args },
    },
    context,
  )
  if (isInputRequiredResult(served)) return served
  const redacted = served.kind === 'done' ? served.redacted : {}
  const meta = { 'bailiwick/decision': decisionMeta(served.call, served.decision, redacted) }
  if (served.kind === 'denied')
    return { content: [{ type: 'text', text: `${denialText(served.decision)}${lacking}` }], isError: true, _meta: meta }
  const answer = served.value
  if (answer.kind === 'error') throw new ProtocolError(answer.code, answer.message, answer.data)
  if (answer.kind === 'fault') return { content: [{ type: 'text', text: answer.message }], isError: true, _meta: meta }
  return { ...(answer.result as CallToolResult), _meta: { ...(answer.result['_meta'] as object | undefined), ...meta } }
}

/** A name that no tool is shown under, marked where it would read like the key of one: keys are ours, and not for agents to call by. */
function unknownTool(ruleset: Ruleset, name: string): string {
  return ruleset.tools.has(name) || isBuiltInRead(name.slice(name.indexOf('.') + 1)) ? `?${name}` : name
}

/** The tool as its server lists it now: null when it does not; why, when the server cannot be asked. */
async function liveTool(gateway: SessionGateway, tool: Tool, contract: SessionContract): Promise<ListedTool | null | BailiwickError> {
  try {
    const toolbox = contract.ruleset.toolboxes.get(tool.toolbox) as Toolbox
    return (await gateway.connection(toolbox, contract).tools()).get(tool.name) ?? null
  } catch (error) {
    if (!(error instanceof BailiwickError)) throw error
    gateway.governed.runtime.report(error.message)
    await gateway.governed.note('upstream', tool.toolbox, error.message)
    return error
  }
}
