import type { History } from '../../decide/facts/history.ts'
import { entryAt, PastReader } from '../../ledger/past-reader.ts'
import type { ReadEvent } from '../../ledger/past-reader.ts'
import type { PastSources } from './pasts.ts'

/**
 * The past of a session and of all that descend from it. What the session itself does in this process is noted by who asks; what the others do, wherever that
 * is, is read from the ledger before it is asked.
 */
export class FamilyPast {
  readonly history: History
  readonly #sources: PastSources
  readonly #session: string
  readonly #reader: PastReader
  /** The last entry that was read of each session; of the first one only what was there when it was loaded. */
  readonly #read = new Map<string, number>()
  #catchingUp: Promise<void> = Promise.resolve()

  private constructor(sources: PastSources, session: string, history: History) {
    this.#sources = sources
    this.#session = session
    this.history = history
    this.#reader = new PastReader(sources.store, (kind, tool) => history.concerns(kind, tool))
  }

  /** Reads back what the ledger holds, and gives what was met of the session itself: `call` and `outcome`, each with the id of the call. */
  static async load(
    sources: PastSources,
    session: string,
    history: History,
  ): Promise<{ readonly past: FamilyPast; readonly met: ReadonlySet<string> }> {
    const past = new FamilyPast(sources, session, history)
    const events = await past.#take([session, ...(await sources.descendants(session)).map(({ id }) => id)])
    const own = events.filter(({ event }) => event.session === session)
    return { past, met: new Set(own.map(({ event, call }) => `${event.kind} ${call}`)) }
  }

  /** Takes in what sessions that descend from it have done meanwhile; one time after another. */
  catchUp(): Promise<void> {
    this.#catchingUp = this.#catchUpAfter(this.#catchingUp)
    return this.#catchingUp
  }

  async #catchUpAfter(before: Promise<void>): Promise<void> {
    // Whether that went well is for those who asked for it.
    await Promise.allSettled([before])
    const descendants = await this.#sources.descendants(this.#session)
    if (descendants.length === 0) return
    // A result may be known to who asks now before its outcome is on disk.
    await this.#sources.ledger.flush()
    await this.#take(descendants.map(({ id }) => id))
  }

  /** Takes in what sessions have done, in the order in which it is in the ledger; all of it or, when something cannot be read, nothing. */
  async #take(sessions: readonly string[]): Promise<readonly ReadEvent[]> {
    const { store } = this.#sources
    const found: { readonly session: string; readonly index: number }[] = []
    for (const session of sessions)
      for (const index of await store.indicesOf(session, this.#read.get(session) ?? -1)) found.push({ session, index })
    found.sort((a, b) => a.index - b.index)
    const events: ReadEvent[] = []
    for (const { index } of found) {
      const entry = await entryAt(store, index)
      const read = entry === null ? null : await this.#reader.read(entry, index)
      if (read !== null) events.push(read)
    }
    for (const { session, index } of found) this.#read.set(session, index)
    for (const { event, call, time, lost } of events) {
      if (event.kind === 'outcome') this.#reader.close(call)
      this.history.note(event, time, lost)
    }
    return events
  }
}
