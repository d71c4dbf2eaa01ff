import { isInputRequiredResult } from '@modelcontextprotocol/client'
import type { Resource, ResourceTemplateType } from '@modelcontextprotocol/client'
import type { Client } from '@modelcontextprotocol/client'
import { ProtocolError } from '@modelcontextprotocol/server'
import type { ReadResourceResult, InputRequiredResult, Server, ServerContext } from '@modelcontextprotocol/server'
import { framesProblem } from '../../model/frame.ts'
import { answerOf, deniedRead } from './governed-read.ts'
import { serveGoverned } from './governed-request.ts'
import type { SessionGateway } from './session-gateway.ts'
import type { ToolboxConnection } from './toolbox-connection.ts'
import { realPathsOf } from '../real-paths.ts'

const read = 'resources/read'

/** Serves resources as governed reads: what a contract does not let an agent read is not listed either. */
export function serveResources(server: Server, gateway: SessionGateway): void {
  server.setRequestHandler('resources/list', async (_request, context) => {
    await gateway.admit(context)
    const list = async (client: Client): Promise<readonly Resource[]> =>
      (await client.listResources(undefined, { cacheMode: 'refresh' })).resources
    return { resources: await listed(gateway, list, (resource) => resource.uri) }
  })
  server.setRequestHandler('resources/templates/list', async (_request, context) => {
    await gateway.admit(context)
    const list = async (client: Client): Promise<readonly ResourceTemplateType[]> =>
      (await client.listResourceTemplates(undefined, { cacheMode: 'refresh' })).resourceTemplates
    return { resourceTemplates: await listed(gateway, list, null) }
  })
  server.setRequestHandler(read, (request, context) => readResource(gateway, request.params.uri, context) as never)
  if (!gateway.governed.goal.allow.has('subscriptions')) return
  server.setRequestHandler('resources/subscribe', async (request, context) => {
    await gateway.admit(context)
    const toolbox = await readerOf(gateway, request.params.uri)
    await toolbox.subscribe(request.params.uri)
    return {}
  })
  server.setRequestHandler('resources/unsubscribe', async (request, context) => {
    await gateway.admit(context)
    const toolbox = await readerOf(gateway, request.params.uri)
    await toolbox.unsubscribe(request.params.uri)
    return {}
  })
}

async function readResource(
  gateway: SessionGateway,
  uri: string,
  context: ServerContext,
): Promise<ReadResourceResult | InputRequiredResult> {
  const readers = gateway.readers(read).filter((toolbox) => mayRead(gateway, toolbox, uri))
  // With none that may read it, the refusal is decided and recorded in the name of the first that reads at all.
  const toolbox = readers.length > 1 ? await owner(readers, uri) : (readers[0] ?? gateway.readers(read)[0] ?? null)
  const served = await serveGoverned(
    gateway,
    { tool: `${toolbox?.name ?? ''}.${read}`, arguments: { uri }, toolbox, livePin: async () => null, method: read, params: { uri } },
    context,
  )
  if (isInputRequiredResult(served)) return served
  if (served.kind === 'denied') throw deniedRead(served)
  return answerOf(served) as ReadResourceResult
}

/** The one toolbox of several that lists the resource; the first of them when none lists it. */
async function owner(readers: readonly ToolboxConnection[], uri: string): Promise<ToolboxConnection | null> {
  for (const toolbox of readers) {
    const listing = await toolbox.ask(async (client) =>
      client.getServerCapabilities()?.resources === undefined ? [] : (await client.listResources()).resources,
    )
    if (listing.some((resource) => resource.uri === uri)) return toolbox
  }
  return readers[0] ?? null
}

async function readerOf(gateway: SessionGateway, uri: string): Promise<ToolboxConnection> {
  const toolbox = gateway.readers(read).find((one) => mayRead(gateway, one, uri))
  if (toolbox !== undefined) return toolbox
  await gateway.governed.note('refused', 'resources/subscribe', `\`${uri}\` is outside the contract`)
  throw new ProtocolError(-32_602, `\`${uri}\` is outside the contract of this session`)
}

/** True when the contract lets a resource of a toolbox be read. */
export function mayRead(gateway: SessionGateway, toolbox: ToolboxConnection, uri: string): boolean {
  const frames = gateway.governed.goal.contract.get(`${toolbox.name}.${read}`)
  if (frames === undefined) return false
  return (
    framesProblem(frames, { uri }, { params: gateway.governed.session.params, realPaths: realPathsOf(frames, { uri }, toolbox.local) }) ===
    null
  )
}

/** Collects what the readers list; with `uriOf`, only what the contract would let be read. */
async function listed<T>(
  gateway: SessionGateway,
  list: (client: Client) => Promise<readonly T[]>,
  uriOf: ((item: T) => string) | null,
): Promise<T[]> {
  const all: T[] = []
  for (const toolbox of gateway.readers(read)) {
    if ((await toolbox.client()).getServerCapabilities()?.resources === undefined) continue
    const items = await toolbox.ask(list)
    all.push(...items.filter((item) => uriOf === null || mayRead(gateway, toolbox, uriOf(item))))
  }
  return all
}
