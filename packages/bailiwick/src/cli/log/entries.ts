import { commitmentsOf } from '../../ledger/commitments-of.ts'
import { isGenuine } from '../../ledger/commitment.ts'
import type { Commitment } from '../../ledger/commitment.ts'
import type { LedgerEntry, ModelAnsweredEntry, ModelAskedEntry } from '../../ledger/entry.ts'
import { tellingOfConfiguration } from '../../ledger/export/telling.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { linkText } from '../../model/lineage.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { responseText, safe } from '../output.ts'

/** A payload, and whether it is the one that was committed to. */
export interface ShownPayload {
  readonly value: unknown
  readonly genuine: boolean
}

/** An entry with its place in the ledger. */
export interface PlacedEntry {
  readonly index: number
  readonly entry: LedgerEntry
}

const page = 256

/** Every entry in its order, a page at a time. */
export async function* allEntries(store: LedgerStore): AsyncGenerator<PlacedEntry, void, undefined> {
  for (let index = 0; ;) {
    const bodies = await store.entries(index, page)
    if (bodies.length === 0) return
    for (const body of bodies) yield { index: index++, entry: JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry }
  }
}

/** Entries from the newest back, as they are asked for: those at the indices, or all. */
export async function* newestFirst(store: LedgerStore, indices: readonly number[] | null): AsyncGenerator<PlacedEntry, void, undefined> {
  if (indices !== null) {
    for (const index of indices.toReversed()) yield { index, entry: await readEntry(store, index) }
    return
  }
  for (let end = await store.size(); end > 0; end -= Math.min(page, end)) {
    const from = Math.max(0, end - page)
    const bodies = await store.entries(from, end - from)
    for (const [offset, body] of [...bodies.entries()].reverse())
      yield { index: from + offset, entry: JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry }
  }
}

/** @throws BailiwickError `LEDGER_ENTRY_UNKNOWN` */
export async function readEntry(store: LedgerStore, index: number): Promise<LedgerEntry> {
  const [body] = await store.entries(index, 1)
  if (body === undefined) throw new BailiwickError('LEDGER_ENTRY_UNKNOWN', `the ledger has no entry ${index}`)
  return JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry
}

/** What an entry commits to first; null when it commits to nothing, or that is gone. */
export async function payloadOf(store: LedgerStore, { index, entry }: PlacedEntry): Promise<ShownPayload | null> {
  return payloadAt(store, index, commitmentsOf(entry)[0]?.[1] ?? null)
}

/** Null for no commitment, and for a payload that is gone. */
export async function payloadAt(store: LedgerStore, index: number, commitment: Commitment | null): Promise<ShownPayload | null> {
  const payload = commitment === null ? null : await store.payload(index, commitment.hash)
  return payload === null ? null : { value: JSON.parse(payload.body) as unknown, genuine: isGenuine(payload) }
}

/** The time of day of an entry, to the millisecond (UTC). */
export function clockTime(entry: LedgerEntry): string {
  return entry.time.slice(11, 23)
}

/** What an entry is about, in one safe line. */
export function summary(entry: LedgerEntry): string {
  switch (entry.type) {
    case 'decision':
      return `${entry.tool} ${responseText(entry.response)} ${safe(entry.reason.slice(0, 80))}`
    case 'outcome':
      return `${entry.call} ${entry.status}`
    case 'model':
      return modelSummary(entry)
    case 'session':
      return `${entry.session} ${entry.event} by ${safe(entry.by)}`
    case 'agent-key':
      return safe(`${entry.agent} ${entry.thumbprint} ${entry.event}${entry.until === null ? '' : ` ${entry.until}`} by ${entry.by}`)
    case 'revocation':
      return safe(`${linkText(entry)} ${entry.event} by ${entry.by}: ${entry.reason.slice(0, 80)}`)
    case 'approval':
      return `${entry.approval} ${entry.event} ${entry.tool}`
    case 'event':
      return `${entry.event} ${safe(entry.subject)} ${safe(entry.detail.slice(0, 80))}`
    case 'configuration':
      return safe(tellingOfConfiguration(entry).message.slice(0, 160))
    case 'inventory':
      return `${entry.agents} agents, ${entry.tools} tools, ${entry.servers} servers`
    case 'erasure':
      return `${entry.session} by ${safe(entry.by)}: ${safe(entry.reason.slice(0, 80))}`
    case 'evaluation':
      if (entry.kind === 'ledger') return `ledger ${entry.ok ? 'sound' : 'not sound'}: ${entry.passed} entries, ${entry.failed} problems`
      return `${entry.kind} ${entry.ok ? 'ok' : 'not ok'}: ${entry.passed} passed, ${entry.failed} failed`
  }
}

function modelSummary(entry: ModelAskedEntry | ModelAnsweredEntry): string {
  const model = safe((entry.event === 'answered' ? entry.responseModel : null) ?? entry.requestModel ?? '-')
  if (entry.event === 'asked') return `${entry.modelCall} asked ${model} at ${safe(entry.serverAddress)}`
  const tools = entry.toolNames.length === 0 ? '' : `, wants ${safe(entry.toolNames.join(', '))}`
  return `${entry.modelCall} ${entry.status} ${model}, ${entry.inputTokens ?? '-'} + ${entry.outputTokens ?? '-'} tokens${tools}`
}
