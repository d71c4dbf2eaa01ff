import { createHmac } from 'node:crypto'
import { recordId } from './export-record.ts'
import type { ExportRecord } from './export-record.ts'
import { tellingOf } from './telling.ts'

/** A record as a webhook carries it, by Standard Webhooks 1.0. The id is the same each time the record is sent. */
export interface WebhookMessage {
  readonly id: string
  readonly body: string
}

export function webhookMessage(record: ExportRecord): WebhookMessage {
  const { index, leaf, body, entry, party } = record
  const head = JSON.stringify({ type: `bailiwick.${tellingOf(record).code}`, timestamp: entry.time }).slice(0, -1)
  const about = JSON.stringify({
    index,
    leaf,
    agent: party?.agent ?? null,
    person: party?.person ?? null,
    goal: party?.goal ?? null,
  }).slice(0, -1)
  return { id: `msg_${recordId(record)}`, body: `${head},"data":${about},"entry":${body}}}` }
}

/** The headers of one attempt. @param at seconds since 1970 */
export function webhookHeaders({ id, body }: WebhookMessage, key: Uint8Array, at: number): Readonly<Record<string, string>> {
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
  return { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` }
}

/** The key of a secret such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, of 24 to 64 bytes; null when it is not of that form. */
export function webhookKey(secret: string): Uint8Array | null {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)
  const key = Buffer.from(match?.[1] ?? '', 'base64')
  return key.length >= 24 && key.length <= 64 ? key : null
}
