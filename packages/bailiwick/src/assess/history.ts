import type { LedgerEntry } from '../ledger/entry.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { letsThrough } from '../model/vocabulary.ts'

/** What the ledger tells of one agent. */
export interface AgentHistory {
  /** Calls that were decided. */
  readonly calls: number
  /** Calls that T1 refused: beyond the contract. */
  readonly beyond: number
  /** Calls whose outcome is unknown. */
  readonly unknown: number
  /** Questions put to people, how many expired, how many were approved, and how many of those within three seconds. */
  readonly questions: number
  readonly expired: number
  readonly approved: number
  readonly hasty: number
  /** Tools that were withheld since they no longer fitted their pins, within its sessions. */
  readonly withheld: ReadonlySet<string>
  /** When each tool was last used, in milliseconds since 1970. Calls that were refused are no use. */
  readonly lastUse: ReadonlyMap<string, number>
  /** When it was first and last seen, in milliseconds since 1970. */
  readonly first: number
  readonly last: number
}

/** What the ledger tells of everyone. */
export interface History {
  readonly agents: ReadonlyMap<string, AgentHistory>
  /** When the first entry was written, in milliseconds since 1970; null for an empty ledger. */
  readonly since: number | null
}

type Growing = { -readonly [K in keyof AgentHistory]: AgentHistory[K] } & { withheld: Set<string>; lastUse: Map<string, number> }

const page = 1000
const hastyWithin = 3000

/** Reads the whole ledger once. What entries claim is taken as it is; `bailiwick log verify` says whether the ledger is sound. */
export async function readHistory(store: LedgerStore): Promise<History> {
  const reader = new HistoryReader()
  const size = await store.size()
  for (let from = 0; from < size;) {
    const bodies = await store.entries(from, page)
    if (bodies.length === 0) break
    for (const body of bodies) reader.take(JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry)
    from += bodies.length
  }
  return reader.history()
}

class HistoryReader {
  readonly #agents = new Map<string, Growing>()
  readonly #agentOfSession = new Map<string, string>()
  readonly #asked = new Map<string, number>()
  #since: number | null = null

  take(entry: LedgerEntry): void {
    const time = Date.parse(entry.time)
    this.#since ??= time
    if (entry.type === 'session' || entry.type === 'decision') {
      this.#agentOfSession.set(entry.session, entry.agent)
      const seen = this.#seen(entry.agent, time)
      if (entry.type === 'session') return
      // A call that waits for a person is decided once more when the answer is there.
      if (entry.response === 'ask') return
      seen.calls += 1
      if (entry.tier === 'T1' && [entry.response, entry.observed].includes('deny')) seen.beyond += 1
      if (letsThrough(entry.response)) seen.lastUse.set(entry.tool, time)
      return
    }
    const agent = entry.session === null ? undefined : this.#agentOfSession.get(entry.session)
    if (agent === undefined) return
    const seen = this.#seen(agent, time)
    if (entry.type === 'outcome' && entry.status === 'unknown') seen.unknown += 1
    if (entry.type === 'event' && entry.event === 'withheld') seen.withheld.add(entry.subject)
    if (entry.type !== 'approval') return
    if (entry.event === 'asked') {
      seen.questions += 1
      this.#asked.set(entry.approval, time)
    } else if (entry.event === 'expired') seen.expired += 1
    else if (entry.event === 'approved') {
      seen.approved += 1
      if (time - (this.#asked.get(entry.approval) ?? -Infinity) < hastyWithin) seen.hasty += 1
    }
  }

  history(): History {
    return { agents: this.#agents, since: this.#since }
  }

  #seen(agent: string, time: number): Growing {
    const known = this.#agents.get(agent)
    if (known !== undefined) {
      known.last = Math.max(known.last, time)
      return known
    }
    const fresh: Growing = {
      calls: 0,
      beyond: 0,
      unknown: 0,
      questions: 0,
      expired: 0,
      approved: 0,
      hasty: 0,
      withheld: new Set(),
      lastUse: new Map(),
      first: time,
      last: time,
    }
    this.#agents.set(agent, fresh)
    return fresh
  }
}
