import type { DecisionEntry, LedgerEntry, SessionEntry } from '../ledger/entry.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import type { SessionState } from '../model/session.ts'
import { letsThrough } from '../model/vocabulary.ts'

/** What the ledger tells of one agent. What its delegates do by its authority counts as what it did itself: it has used what it handed on, and answers for whom it chose. */
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

/** A session that one agent handed on to another. */
export interface DelegatedSession {
  readonly session: string
  readonly agent: string
  /** The session that it was handed on from, and its agent; null where the ledger does not know it. */
  readonly parent: string
  readonly from: string | null
  readonly delegation: string
  /** RFC 3339. */
  readonly opened: string
  readonly state: SessionState
}

/** What the ledger tells of everyone. */
export interface History {
  /** In the order in which they were opened. */
  readonly delegated: readonly DelegatedSession[]
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
  /** Whose doing a session is: its agent's, and that of those by whose authority it acts. */
  readonly #agentsOfSession = new Map<string, readonly string[]>()
  readonly #delegated = new Map<string, DelegatedSession>()
  readonly #asked = new Map<string, number>()
  #since: number | null = null

  take(entry: LedgerEntry): void {
    const time = Date.parse(entry.time)
    this.#since ??= time
    if (entry.type === 'session' || entry.type === 'decision') {
      this.#seen(entry.agent, time)
      this.#agentsOfSession.set(entry.session, [entry.agent, ...this.#above(entry)])
    }
    if (entry.type === 'session') this.#session(entry)
    // A call that waits for a person is decided once more when the answer is there.
    if (entry.type === 'session' || (entry.type === 'decision' && entry.response === 'ask')) return
    const agents = entry.session === null ? [] : (this.#agentsOfSession.get(entry.session) ?? [])
    for (const agent of new Set(agents)) this.#note(entry, this.#seen(agent, time), time)
  }

  #note(entry: LedgerEntry, seen: Growing, time: number): void {
    if (entry.type === 'decision') {
      seen.calls += 1
      if (entry.tier === 'T1' && [entry.response, entry.observed].includes('deny')) seen.beyond += 1
      if (letsThrough(entry.response)) seen.lastUse.set(entry.tool, time)
    }
    if (entry.type === 'outcome' && entry.status === 'unknown' && entry.result === null) seen.unknown += 1
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
    return { agents: this.#agents, since: this.#since, delegated: [...this.#delegated.values()] }
  }

  /** The agents by whose authority a session acts besides its own. */
  #above(entry: SessionEntry | DecisionEntry): readonly string[] {
    const known = (this.#agentsOfSession.get(entry.session) ?? []).slice(1)
    if (entry.delegation === undefined) return known
    return 'id' in entry.delegation
      ? (this.#agentsOfSession.get(entry.delegation.parent) ?? [])
      : entry.delegation.map(({ agent }) => agent)
  }

  #session({ session, agent, event, time, delegation }: SessionEntry): void {
    const known = this.#delegated.get(session)
    if (known !== undefined) {
      const state = event === 'opened' || event === 'resumed' ? 'active' : event
      this.#delegated.set(session, { ...known, state })
    }
    if (delegation === undefined) return
    const { id, parent } = delegation
    const from = this.#agentsOfSession.get(parent)?.[0] ?? null
    this.#delegated.set(session, { session, agent, parent, from, delegation: id, opened: time, state: 'active' })
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
