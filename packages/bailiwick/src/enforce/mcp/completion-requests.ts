import { ProtocolError } from '@modelcontextprotocol/server'
import type { CompleteResult, Server } from '@modelcontextprotocol/server'
import { findPrompt } from './prompt-requests.ts'
import type { SessionGateway } from './session-gateway.ts'

/** Serves argument completion, which sends what the agent has typed so far to a toolbox; each use is in the ledger. */
export function serveCompletion(server: Server, gateway: SessionGateway): void {
  server.setRequestHandler('completion/complete', async (request, context): Promise<CompleteResult> => {
    const contract = await gateway.admit(context, 'read')
    if (!contract.allows('completion')) throw new ProtocolError(-32_601, 'the contract of this session does not allow completion any more')
    const { ref } = request.params
    const found = ref.type === 'ref/prompt' ? await findPrompt(gateway, contract, ref.name) : null
    const toolbox = ref.type === 'ref/prompt' ? found?.toolbox : contract.readers('resources/read')[0]
    if (toolbox === undefined)
      throw new ProtocolError(-32_602, `there is nothing to complete for \`${ref.type === 'ref/prompt' ? ref.name : ref.uri}\``)
    await gateway.governed.note('completion', toolbox.name, `the argument \`${request.params.argument.name}\` of ${ref.type}`)
    return gateway
      .connection(toolbox, contract)
      .ask((client) => client.complete({ ...request.params, ref: found === null ? ref : { type: 'ref/prompt', name: found.prompt.name } }))
  })
}
