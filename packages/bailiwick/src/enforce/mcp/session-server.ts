import { ProtocolError, Server } from '@modelcontextprotocol/server'
import type { ServerCapabilities } from '@modelcontextprotocol/server'
import { serveCompletion } from './completion-requests.ts'
import { servePrompts } from './prompt-requests.ts'
import { serveResources } from './resource-requests.ts'
import type { SessionGateway, Watcher } from './session-gateway.ts'
import { serveTools } from './tool-requests.ts'

/** A server of MCP, of either era, that shows one session what its contract names and passes its requests on. */
export function sessionServer(gateway: SessionGateway): Server {
  const contract = gateway.governed.contract()
  const reads = contract.readers('resources/read').length > 0
  const prompts = contract.readers('prompts/get').length > 0
  const capabilities: ServerCapabilities = {
    tools: { listChanged: true },
    ...(reads ? { resources: { listChanged: true, subscribe: contract.allows('subscriptions') } } : {}),
    ...(prompts ? { prompts: { listChanged: true } } : {}),
    ...(contract.allows('completion') ? { completions: {} } : {}),
    ...(contract.allows('logging') ? { logging: {} } : {}),
  }
  const server = new Server(
    { name: 'bailiwick', version: '0.1.0' },
    {
      capabilities,
      instructions: instructionsFor(gateway),
      inputRequired: { maxRounds: 32 },
      requestState: { verify: (state, context) => gateway.parked.codec.verify(state, context) },
    },
  )
  serveTools(server, gateway)
  if (reads) serveResources(server, gateway)
  if (prompts) servePrompts(server, gateway)
  if (contract.allows('completion')) serveCompletion(server, gateway)
  server.fallbackRequestHandler = async (request) => {
    await gateway.governed.note('refused', request.method, 'the gateway does not serve this method')
    throw new ProtocolError(-32_601, 'Method not found')
  }
  server.onerror = (error) => gateway.governed.runtime.report(`client: ${error.message}`)
  return server
}

/** Tells a server's client what changes, for as long as the server lives. */
export function serverWatcher(server: Server, gateway: SessionGateway): Watcher {
  const failed = (error: unknown): void => gateway.governed.runtime.report(`a change could not be passed on: ${String(error)}`)
  const send = {
    tools: () => server.sendToolListChanged(),
    prompts: () => server.sendPromptListChanged(),
    resources: () => server.sendResourceListChanged(),
  }
  const contract = gateway.governed.contract()
  const served = {
    tools: true,
    prompts: contract.readers('prompts/get').length > 0,
    resources: contract.readers('resources/read').length > 0,
  }
  return {
    changed: (kind) => {
      if (served[kind]) send[kind]().catch(failed)
    },
    resourceUpdated: (uri) => {
      if (served.resources) server.sendResourceUpdated({ uri }).catch(failed)
    },
  }
}

function instructionsFor(gateway: SessionGateway): string {
  const { session } = gateway.governed
  const description = gateway.governed.contract().goal?.description ?? null
  const params = Object.entries(session.params).map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
  return [
    `These tools are given for one goal: ${session.goal}${description === null ? '' : ` (${description})`}${params.length === 0 ? '' : `, with ${params.join(', ')}`}.`,
    'Each call is checked before it is made. A refused call says why; nothing was done then, and repeating it changes nothing: take another way within the goal, or say that it cannot be reached.',
  ].join(' ')
}
