import { isInputRequiredResult } from '@modelcontextprotocol/client'
import type { Resource, ResourceTemplateType } from '@modelcontextprotocol/client'
import type { Client } from '@modelcontextprotocol/client'
import { ProtocolError } from '@modelcontextprotocol/server'
import type { ReadResourceResult, InputRequiredResult, Server, ServerContext } from '@modelcontextprotocol/server'
import type { Toolbox } from '../../model/ruleset.ts'
import type { SessionContract } from '../session-contract.ts'
import { answerOf, deniedRead } from './governed-read.ts'
import { serveGoverned } from './governed-request.ts'
import type { SessionGateway } from './session-gateway.ts'

const read = 'resources/read'

/** Serves resources as governed reads: what a contract does not let an agent read is not listed either. */
export function serveResources(server: Server, gateway: SessionGateway): void {
  server.setRequestHandler('resources/list', async (_request, context) => {
    const contract = await gateway.admit(context)
    const list = async (client: Client): Promise<readonly Resource[]> =>
      (await client.listResources(undefined, { cacheMode: 'refresh' })).resources
    return { resources: await listed(gateway, contract, list, (resource) => resource.uri) }
  })
  server.setRequestHandler('resources/templates/list', async (_request, context) => {
    const contract = await gateway.admit(context)
    const list = async (client: Client): Promise<readonly ResourceTemplateType[]> =>
      (await client.listResourceTemplates(undefined, { cacheMode: 'refresh' })).resourceTemplates
    return { resourceTemplates: await listed(gateway, contract, list, null) }
  })
  server.setRequestHandler(read, (request, context) => readResource(gateway, request.params.uri, context) as never)
  if (!gateway.governed.contract().allows('subscriptions')) return
  server.setRequestHandler('resources/subscribe', async (request, context) => {
    const contract = await gateway.admit(context, 'read')
    const toolbox = await readerOf(gateway, contract, request.params.uri)
    await gateway.connection(toolbox, contract).subscribe(request.params.uri)
    return {}
  })
  server.setRequestHandler('resources/unsubscribe', async (request, context) => {
    const contract = await gateway.admit(context)
    const toolbox = await readerOf(gateway, contract, request.params.uri)
    await gateway.connection(toolbox, contract).unsubscribe(request.params.uri)
    return {}
  })
}

async function readResource(
  gateway: SessionGateway,
  uri: string,
  context: ServerContext,
): Promise<ReadResourceResult | InputRequiredResult> {
  const contract = gateway.governed.contract()
  const all = contract.readers(read)
  const readers = all.filter((toolbox) => contract.mayRead(toolbox, uri))
  // With none that may read it, the refusal is decided and recorded in the name of the first that reads at all.
  const toolbox = readers.length > 1 ? await owner(gateway, contract, readers, uri) : (readers[0] ?? all[0] ?? null)
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
async function owner(
  gateway: SessionGateway,
  contract: SessionContract,
  readers: readonly Toolbox[],
  uri: string,
): Promise<Toolbox | null> {
  for (const toolbox of readers) {
    const listing = await gateway
      .connection(toolbox, contract)
      .ask(async (client) => (client.getServerCapabilities()?.resources === undefined ? [] : (await client.listResources()).resources))
    if (listing.some((resource) => resource.uri === uri)) return toolbox
  }
  return readers[0] ?? null
}

async function readerOf(gateway: SessionGateway, contract: SessionContract, uri: string): Promise<Toolbox> {
  const toolbox = contract.allows('subscriptions') ? contract.readers(read).find((one) => contract.mayRead(one, uri)) : undefined
  if (toolbox !== undefined) return toolbox
  await gateway.governed.note('refused', 'resources/subscribe', `\`${uri}\` is outside the contract`)
  throw new ProtocolError(-32_602, `\`${uri}\` is outside the contract of this session`)
}

/** Collects what the readers list; with `uriOf`, only what the contract would let be read. */
async function listed<T>(
  gateway: SessionGateway,
  contract: SessionContract,
  list: (client: Client) => Promise<readonly T[]>,
  uriOf: ((item: T) => string) | null,
): Promise<T[]> {
  const all: T[] = []
  for (const toolbox of contract.readers(read)) {
    const connection = gateway.connection(toolbox, contract)
    if ((await connection.client()).getServerCapabilities()?.resources === undefined) continue
    const items = await connection.ask(list)
    all.push(...items.filter((item) => uriOf === null || contract.mayRead(toolbox, uriOf(item))))
  }
  return all
}
