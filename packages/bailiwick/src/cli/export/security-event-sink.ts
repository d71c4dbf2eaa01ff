import { signedJwt } from '../../authority/signed-jwt.ts'
import type { TokenKeys } from '../../authority/token-keys.ts'
import { announcerOf } from '../../ledger/announced-by.ts'
import type { ExportRecord } from '../../ledger/export/export-record.ts'
import { securityEvent } from '../../ledger/export/security-event.ts'
import type { SecurityEventClaims } from '../../ledger/export/security-event.ts'
import { shortened, visible } from '../../ledger/export/text.ts'
import type { Sink } from '../../ledger/export/sink.ts'
import type { SecurityEventSink } from '../../model/export.ts'

const longestAnswer = 16_384
const longestDescription = 400
/** How long events are tried again that a receiver refuses without saying that they are malformed, in milliseconds. */
export const usualPatience = 3_600_000

/** As whom events are told, and what becomes of one that is never taken. */
export interface Transmitter {
  readonly issuer: string
  readonly trustDomain: string
  readonly keys: Pick<TokenKeys, 'current'>
  /** Milliseconds. */
  readonly patience: number
  /** Resolves when it is recorded that an event was given up. */
  readonly giveUp: (record: ExportRecord, refusal: string) => Promise<void>
}

/**
 * Tells a receiver of revocations by RFC 8935, each on its own and in order; only 202 counts as taken, and no redirect is followed. What the receiver
 * refuses is given up once that is certain: at once when it says that the event is malformed, after an hour of refusals otherwise. What fails in another
 * way is never given up.
 * @param headers sent with each event; no answer is told on with what they hold
 */
export function securityEventSink(
  { url, audience, issuer: receiver, kinds }: SecurityEventSink,
  headers: Readonly<Record<string, string>>,
  { issuer, trustDomain, keys, patience, giveUp }: Transmitter,
): Sink {
  /** When the receiver began to refuse whatever it is told; null while it does not. */
  let refusedSince: number | null = null

  const post = async (token: string, signal: AbortSignal): Promise<Refusal | null> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/secevent+jwt', accept: 'application/json' },
      body: token,
      redirect: 'manual',
      signal,
    })
    if (response.status === 400) return refusalIn(await beginning(response), Object.values(headers))
    await response.body?.cancel()
    if (response.status !== 202) throw new Error(`the receiver answered ${response.status}`)
    return null
  }

  const tell = async (record: ExportRecord, signal: AbortSignal): Promise<void> => {
    const claims = isWanted(record, { url, receiver, kinds }) ? securityEvent(record, { issuer, audience, trustDomain }) : null
    if (claims === null) return
    const refusal = await post(await signed(claims, keys), signal)
    if (refusal === null) {
      refusedSince = null
      return
    }
    if (refusal.err !== 'invalid_request') {
      refusedSince ??= Date.now()
      // One that came later has as long; many that wait have it together.
      if (Date.now() - Math.max(refusedSince, Date.parse(record.entry.time)) < patience)
        throw new Error(`the receiver refused the event: ${refusal.text}`)
    }
    await giveUp(record, refusal.text)
  }

  return {
    batch: 1,
    send: async (records, signal) => {
      for (const record of records) await tell(record, signal)
    },
    close: async () => {},
  }
}

/** Whoever announced something is not told it again. */
function isWanted({ entry }: ExportRecord, to: { url: string; receiver: string | undefined; kinds: SecurityEventSink['kinds'] }): boolean {
  if (entry.type !== 'revocation' || to.kinds?.includes(entry.kind) === false) return false
  const announcer = announcerOf(entry)
  if (announcer === null) return true
  if (to.receiver !== undefined) return announcer !== to.receiver
  return !URL.canParse(announcer) || new URL(announcer).origin !== new URL(to.url).origin
}

async function signed(claims: SecurityEventClaims, keys: Pick<TokenKeys, 'current'>): Promise<string> {
  const { kid, key } = await keys.current()
  return signedJwt(key, { typ: 'secevent+jwt', kid }, { ...claims })
}

interface Refusal {
  /** A code of RFC 8935 section 2.4, or whatever stands in its place; null for nothing that can be read. */
  readonly err: string | null
  readonly text: string
}

function refusalIn(body: string, secrets: readonly string[]): Refusal {
  const { err, description } = membersIn(body)
  if (typeof err !== 'string') return { err: null, text: 'it does not say why' }
  const said = typeof description === 'string' && description !== '' ? `${err}: ${description}` : err
  const parts = secrets.flatMap((secret) => [secret, ...secret.split(' ')]).filter((part) => part.length >= 8)
  const told = parts.reduce((text, part) => text.replaceAll(part, '…'), said)
  return { err, text: visible(shortened(told, longestDescription)) }
}

function membersIn(body: string): { readonly err?: unknown; readonly description?: unknown } {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

/** As much of an answer as is looked at. */
async function beginning(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array)
    length += (chunk as Uint8Array).length
    if (length > longestAnswer) break
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, longestAnswer)
}
