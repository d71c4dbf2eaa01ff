import * as z from 'zod'
import { isJsonObject } from '../../model/json.ts'
import type { Credential } from '../../model/session.ts'
import type { SessionGateway } from './session-gateway.ts'

const listen = 'subscriptions/listen'
const listenRequest = z.looseObject({
  params: z.looseObject({ notifications: z.looseObject({ resourceSubscriptions: z.array(z.string()).max(1000) }) }),
})

/**
 * Sees to it that the toolboxes tell of the resources that a client of 2026-07-28 listens for. The SDK serves the listening
 * itself, and tells the client only of what the gateway hears; what the contract does not let it read, the gateway does not ask for.
 * @throws ProtocolError when T0 refuses it, which is recorded, or a toolbox does
 */
export async function followListening(gateway: SessionGateway, message: unknown, credential: () => Promise<Credential>): Promise<void> {
  if (!isJsonObject(message) || message['method'] !== listen) return
  const request = listenRequest.safeParse(message)
  const contract = await gateway.admitAs(await credential(), listen, 'read')
  if (!request.success || !contract.allows('subscriptions')) return
  for (const uri of request.data.params.notifications.resourceSubscriptions) {
    const toolbox = contract.readers('resources/read').find((one) => contract.mayRead(one, uri))
    if (toolbox === undefined) await gateway.governed.note('refused', listen, `\`${uri}\` is outside the contract`)
    else await gateway.connection(toolbox, contract).subscribe(uri)
  }
}
