import type { ExportRecord } from '../../ledger/export/export-record.ts'
import type { Sink } from '../../ledger/export/sink.ts'
import { webhookHeaders, webhookMessage } from '../../ledger/export/webhook-message.ts'

/** Posts each record on its own; only a 2xx counts as received. A redirect is not followed: it could lead what is signed for one place to another. */
export function webhookSink(url: string, key: Uint8Array): Sink {
  const post = async (record: ExportRecord, signal: AbortSignal): Promise<void> => {
    const message = webhookMessage(record)
    const headers = webhookHeaders(message, key, Math.floor(Date.now() / 1000))
    const response = await fetch(url, { method: 'POST', body: message.body, headers, redirect: 'manual', signal })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`)
  }
  return {
    batch: 1,
    send: async (records, signal) => {
      for (const record of records) await post(record, signal)
    },
    close: async () => {},
  }
}
