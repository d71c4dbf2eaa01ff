import { isInputRequiredResult } from '@modelcontextprotocol/client'
import type { Prompt } from '@modelcontextprotocol/client'
import { ProtocolError } from '@modelcontextprotocol/server'
import type { GetPromptResult, InputRequiredResult, Server, ServerContext } from '@modelcontextprotocol/server'
import type { JsonObject } from '../../model/json.ts'
import { shownName } from '../../model/shown-name.ts'
import type { Toolbox } from '../../model/ruleset.ts'
import type { SessionContract } from '../session-contract.ts'
import { answerOf, deniedRead } from './governed-read.ts'
import { serveGoverned } from './governed-request.ts'
import type { SessionGateway } from './session-gateway.ts'

const read = 'prompts/get'

interface FoundPrompt {
  readonly toolbox: Toolbox
  readonly prompt: Prompt
}

/** Serves prompts as governed reads, named like tools. Of two with one name, neither is shown. */
export function servePrompts(server: Server, gateway: SessionGateway): void {
  server.setRequestHandler('prompts/list', async (_request, context) => {
    const contract = await gateway.admit(context)
    return { prompts: [...(await prompts(gateway, contract))].map(([name, { prompt }]) => ({ ...prompt, name })) }
  })
  server.setRequestHandler(
    read,
    (request, context) => getPrompt(gateway, request.params.name, request.params.arguments as JsonObject | undefined, context) as never,
  )
}

/** The prompt that an agent means by a name; null when there is none. */
export async function findPrompt(gateway: SessionGateway, contract: SessionContract, name: string): Promise<FoundPrompt | null> {
  return (await prompts(gateway, contract)).get(name) ?? null
}

async function getPrompt(
  gateway: SessionGateway,
  name: string,
  args: JsonObject | undefined,
  context: ServerContext,
): Promise<GetPromptResult | InputRequiredResult> {
  // Which prompts there are is asked of the toolboxes, before there is a call to decide on.
  const contract = await gateway.admit(context)
  const found = await findPrompt(gateway, contract, name)
  if (found === null) {
    await gateway.governed.note('refused', read, `there is no prompt \`${name}\``)
    throw new ProtocolError(-32_602, `there is no prompt \`${name}\``)
  }
  const params = { name: found.prompt.name, ...(args === undefined ? {} : { arguments: args }) }
  const served = await serveGoverned(
    gateway,
    { tool: `${found.toolbox.name}.${read}`, arguments: params, toolbox: found.toolbox, livePin: async () => null, method: read, params },
    context,
  )
  if (isInputRequiredResult(served)) return served
  if (served.kind === 'denied') throw deniedRead(served)
  return answerOf(served) as GetPromptResult
}

async function prompts(gateway: SessionGateway, contract: SessionContract): Promise<Map<string, FoundPrompt>> {
  const found = new Map<string, FoundPrompt>()
  const twice = new Set<string>()
  for (const toolbox of contract.readers(read)) {
    const connection = gateway.connection(toolbox, contract)
    const client = await connection.client()
    if (client.getServerCapabilities()?.prompts === undefined) continue
    const names = contract.ruleset.manifest.toolboxes[toolbox.name]?.names ?? 'prefixed'
    for (const prompt of (await connection.ask(() => client.listPrompts(undefined, { cacheMode: 'refresh' }))).prompts) {
      const name = shownName(toolbox.name, prompt.name, names)
      if (found.has(name)) twice.add(name)
      found.set(name, { toolbox, prompt })
    }
  }
  for (const name of twice) found.delete(name)
  return found
}
