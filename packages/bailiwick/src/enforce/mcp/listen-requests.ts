import * as z from 'zod'
import { mayRead } from './resource-requests.ts'
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
  if (!request.success || !gateway.governed.goal.allow.has('subscriptions')) return
  for (const uri of request.data.params.notifications.resourceSubscriptions) {
    const toolbox = gateway.readers('resources/read').find((one) => mayRead(gateway, one, uri))
    if (toolbox === undefined) await gateway.governed.note('refused', 'subscriptions/listen', `\`${uri}\` is outside the contract`)
    else await toolbox.subscribe(uri)
  }
}
