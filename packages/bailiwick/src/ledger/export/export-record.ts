import type { Json } from '../../model/json.ts'
import type { PayloadRole } from '../commitments-of.ts'
import type { DecisionEntry, LedgerEntry } from '../entry.ts'

/** Who a session belongs to. */
export interface Party {
  readonly session: string
  readonly agent: string
  readonly person: string | null
  readonly goal: string
}

/** A payload by what it is of. `genuine` is false for one that was erased, or is not what the ledger committed to; its value is then null. */
export interface ExportedPayload {
  readonly of: PayloadRole
  readonly hash: string
  readonly genuine: boolean
  readonly value: Json
}

/** An entry of the ledger with what it takes to tell of it on its own, elsewhere. */
export interface ExportRecord {
  readonly index: number
  /** The entry's exact text: canonical JSON, one line. */
  readonly body: string
  /** RFC 6962 leaf hash of that text, base64. */
  readonly leaf: string
  readonly entry: LedgerEntry
  /** The decision that the entry is, or that it is the outcome of; null when it is about no call. */
  readonly decision: DecisionEntry | null
  /** Null when the entry is about no session. */
  readonly party: Party | null
  /** Empty unless payloads were asked for. */
  readonly payloads: readonly ExportedPayload[]
}

/** An id of the record that is the same whenever it is exported, and of no other record of any ledger. */
export function recordId({ index, leaf }: ExportRecord): string {
  return `${index}-${Buffer.from(leaf, 'base64').toString('hex').slice(0, 24)}`
}
