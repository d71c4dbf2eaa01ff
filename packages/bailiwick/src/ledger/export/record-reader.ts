import { leafHash } from '@bailiwick/tlog'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { canonicalJson } from '../../model/json.ts'
import type { DecisionEntry, LedgerEntry } from '../entry.ts'
import type { LedgerStore } from '../ledger-store.ts'
import { nodeSha256 } from '../node-sha256.ts'
import { entryAt } from '../past-reader.ts'
import { readPayload } from '../read-payload.ts'
import { BoundedMap } from './bounded-map.ts'
import { commitmentsOf } from '../commitments-of.ts'
import type { ExportedPayload, ExportRecord, Party } from './export-record.ts'

const remembered = 2000
const page = 64

/** Makes records of entries, looking up in the ledger what an entry does not say itself. Memory does not grow with the ledger. */
export class RecordReader {
  readonly #store: LedgerStore
  readonly #payloads: boolean
  /** Decisions whose outcome has not been read. */
  readonly #decisions = new BoundedMap<string, DecisionEntry>(remembered)
  readonly #parties = new BoundedMap<string, Party>(remembered)

  /** @param payloads whether arguments, results and the like are wanted as well */
  constructor(store: LedgerStore, payloads = false) {
    this.#store = store
    this.#payloads = payloads
  }

  /** @throws BailiwickError `LEDGER_CORRUPT` when the bytes are not an entry */
  async read(index: number, bytes: Uint8Array): Promise<ExportRecord> {
    const body = Buffer.from(bytes).toString('utf8')
    const entry = parse(index, body)
    this.#remember(entry)
    return {
      index,
      body,
      leaf: Buffer.from(leafHash(nodeSha256, bytes)).toString('base64'),
      entry,
      decision: await this.#decisionOf(entry, index),
      party: entry.session === null ? null : await this.#partyOf(entry.session, index),
      payloads: this.#payloads ? await this.#payloadsOf(entry, index) : [],
    }
  }

  #remember(entry: LedgerEntry): void {
    if (entry.type !== 'decision' && entry.type !== 'session') return
    const { session, agent, person, goal } = entry
    this.#parties.set(session, { session, agent, person, goal })
    if (entry.type === 'decision' && entry.response !== 'ask') this.#decisions.set(entry.call, entry)
  }

  async #decisionOf(entry: LedgerEntry, index: number): Promise<DecisionEntry | null> {
    if (entry.type === 'decision') return entry
    if (entry.type !== 'outcome') return null
    const known = this.#decisions.get(entry.call)
    if (known !== undefined) return known
    for (const before of (await this.#store.indicesOf(entry.call)).toReversed()) {
      const found = before < index ? await entryAt(this.#store, before) : null
      if (found?.type === 'decision' && found.response !== 'ask') return found
    }
    return null
  }

  /** Of any entry of the session before, which begins with one that says whose it is. */
  async #partyOf(session: string, index: number): Promise<Party | null> {
    for (let before = index + 1; !this.#parties.has(session);) {
      const indices = await this.#store.lastIndicesOf(session, before, page)
      if (indices.length === 0) return null
      for (const at of indices.toReversed()) {
        const found = this.#parties.has(session) ? null : await entryAt(this.#store, at)
        if (found !== null) this.#remember(found)
      }
      before = indices[0] as number
    }
    return this.#parties.get(session) ?? null
  }

  async #payloadsOf(entry: LedgerEntry, index: number): Promise<ExportedPayload[]> {
    const found: ExportedPayload[] = []
    for (const [of, commitment] of commitmentsOf(entry)) {
      const value = await readPayload(this.#store, index, commitment.hash)
      found.push({ of, hash: commitment.hash, genuine: value !== undefined, value: value ?? null })
    }
    return found
  }
}

function parse(index: number, body: string): LedgerEntry {
  try {
    const entry = JSON.parse(body) as LedgerEntry
    if (canonicalJson(entry) === body && typeof entry === 'object') return entry
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
  }
  throw new BailiwickError('LEDGER_CORRUPT', `entry ${index} is not what the ledger wrote`, {
    mend: 'run `bailiwick log verify` to see how far the ledger is sound',
  })
}
