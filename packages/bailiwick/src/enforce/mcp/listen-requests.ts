import * as z from 'zod'
import type { SessionGateway } from './session-gateway.ts'

const listenRequest = z.looseObject({
  method: z.literal('subscriptions/listen'),
  params: z.looseObject({ notifications: z.looseObject({ resourceSubscriptions: z.array(z.string()).max(1000) }) }),
})

/**
 * Sees to it that the toolboxes tell of the resources that a client of 2026-07-28 listens for. The SDK serves the listening
 * itself, and tells the client only of what the gateway hears; what the contract does not let it read, the gateway does not ask for.
 */
export async function followListening(gateway: SessionGateway, message: unknown): Promise<void> {
  const request = listenRequest.safeParse(message)
  const contract = gateway.governed.contract()
  if (!request.success || !contract.allows('subscriptions')) return
  for (const uri of request.data.params.notifications.resourceSubscriptions) {
    const toolbox = contract.readers('resources/read').find((one) => contract.mayRead(one, uri))
    if (toolbox === undefined) await gateway.governed.note('refused', 'subscriptions/listen', `\`${uri}\` is outside the contract`)
    else await gateway.connection(toolbox, contract).subscribe(uri)
  }
}
