import type { SessionStore } from '../authority/session-store.ts'
import { SessionUsage } from '../decide/session-usage.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { entryAt } from '../ledger/past-reader.ts'
import { usageOfEntry } from './usage-of-entry.ts'

export interface FamilySources {
  readonly ledger: Ledger
  readonly ledgerStore: LedgerStore
  readonly sessionStore: SessionStore
}

interface Member {
  readonly usage: SessionUsage
  /** The last entry of the session that was read. */
  read: number
}

/**
 * What a session that was not delegated has used up, and every session that descends from it, each counted for those above it. What this process does is
 * noted as it happens; what others have done is read from the ledger, before each decision where there is more than one session.
 */
export class SessionFamily {
  readonly #sources: FamilySources
  readonly #members = new Map<string, Member>()
  /** Entries of this process from here on are noted already. */
  readonly #begin: number
  #catchingUp: Promise<void> = Promise.resolve()

  private constructor(sources: FamilySources, root: string, begin: number) {
    this.#sources = sources
    this.#begin = begin
    this.#members.set(root, { usage: new SessionUsage(), read: -1 })
  }

  /** Reads back what the ledger tells, so that a restart gives nobody their limits anew. */
  static async load(sources: FamilySources, root: string): Promise<SessionFamily> {
    await sources.ledger.flush()
    const family = new SessionFamily(sources, root, await sources.ledgerStore.size())
    await family.#take(root)
    return family
  }

  /** The usage of a session of the family, which it must have been caught up with. */
  usage(session: string): SessionUsage {
    const member = this.#members.get(session)
    if (member === undefined) throw new Error(`the session \`${session}\` is not of this family`)
    return member.usage
  }

  /** Takes in what other processes have done, and sessions that were delegated meanwhile; one time after another. */
  catchUp(root: string): Promise<void> {
    const before = this.#catchingUp
    const taken = (async () => {
      // Whether that went well is for those who asked for it.
      await Promise.allSettled([before])
      const descendants = await this.#sources.sessionStore.descendants(root)
      // One process serves a session, so that one alone has nothing to be told.
      if (descendants.length > 0 || this.#members.size > 1) await this.#take(root, descendants)
    })()
    this.#catchingUp = taken
    return taken
  }

  async #take(root: string, known?: readonly { readonly id: string; readonly parent: string }[]): Promise<void> {
    const { ledger, ledgerStore, sessionStore } = this.#sources
    const descendants = known ?? (await sessionStore.descendants(root))
    for (const { id, parent } of descendants)
      if (!this.#members.has(id)) this.#members.set(id, { usage: new SessionUsage(this.usage(parent)), read: -1 })
    const found: { readonly index: number; readonly member: Member; readonly note: ((usage: SessionUsage) => void) | null }[] = []
    for (const [id, member] of this.#members)
      for (const index of await ledgerStore.indicesOf(id, member.read)) {
        const entry = await entryAt(ledgerStore, index)
        const noted = entry === null || (entry.instance === ledger.instance && index >= this.#begin)
        found.push({ index, member, note: noted ? null : await usageOfEntry(ledgerStore, index, entry) })
      }
    // All of it in one turn, in the order in which it happened.
    for (const { index, member, note } of found.sort((a, b) => a.index - b.index)) {
      note?.(member.usage)
      member.read = index
    }
  }
}
