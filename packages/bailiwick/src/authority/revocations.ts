import type { Ledger } from '../ledger/ledger.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { linkText } from '../model/lineage.ts'
import type { Link, RevocableKind } from '../model/lineage.ts'
import type { RevocationStore } from './revocation-store.ts'

/** Kinds whose revocation can be taken back. What is handed out anew anyhow, stays cut. */
const liftable: ReadonlySet<RevocableKind> = new Set(['everything', 'agent', 'goal'])

/** Who cut or lifted, and why. */
export interface RevocationCause {
  readonly by: string
  readonly reason: string
}

/** Cuts links of lineage, in force for the next call in every process; what is under way is cancelled. */
export class Revocations {
  readonly #store: RevocationStore
  readonly #ledger: Ledger
  readonly #clock: () => number

  constructor(store: RevocationStore, ledger: Ledger, clock: () => number) {
    this.#store = store
    this.#ledger = ledger
    this.#clock = clock
  }

  /**
   * Cuts a link. It is in force before it is recorded, and recorded when this resolves. False when it was cut already.
   * @throws BailiwickError `STORE_FAILED` when it could not be recorded; it is in force all the same
   */
  async revoke(link: Link, cause: RevocationCause): Promise<boolean> {
    const cut = await this.#store.cut(link, this.#clock())
    if (cut) await this.#record(link, 'revoked', cause)
    return cut
  }

  /**
   * Takes a revocation back, recorded before it is in force.
   * @throws BailiwickError `REVOCATION` for a kind that stays cut, and for what is not revoked
   */
  async lift(link: Link, cause: RevocationCause): Promise<void> {
    if (!liftable.has(link.kind))
      throw new BailiwickError('REVOCATION', `a ${link.kind} that was revoked stays so`, {
        mend: 'open a new session, or have a new key registered',
      })
    if ((await this.#store.firstCut([link])) === null)
      throw new BailiwickError('REVOCATION', `${linkText(link)} is not revoked`, { mend: '`bailiwick revoke` lists what is' })
    await this.#record(link, 'lifted', cause)
    await this.#store.lift(link)
  }

  /** The first of the links that is cut; null when none is. */
  first(lineage: readonly Link[]): Promise<Link | null> {
    return this.#store.firstCut(lineage)
  }

  list(): ReturnType<RevocationStore['list']> {
    return this.#store.list()
  }

  async #record({ kind, id }: Link, event: 'revoked' | 'lifted', { by, reason }: RevocationCause): Promise<void> {
    await this.#ledger.append({ type: 'revocation', session: kind === 'session' ? id : null, event, kind, id, by, reason })
  }
}
