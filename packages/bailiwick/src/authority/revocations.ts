import type { Ledger } from '../ledger/ledger.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { linkText } from '../model/lineage.ts'
import type { Link, RevocableKind } from '../model/lineage.ts'
import type { RevocationCause, RevocationStore } from './revocation-store.ts'

/** Kinds whose revocation can be taken back. What is handed out anew anyhow, stays cut. */
const liftable: ReadonlySet<RevocableKind> = new Set(['everything', 'agent', 'goal'])

/** Cuts links of lineage, in force for the next call in every process; what is under way is cancelled. */
export class Revocations {
  readonly #store: RevocationStore
  readonly #ledger: Ledger
  readonly #clock: () => number
  /** Cuts that are just being recorded by this process, by their links. */
  readonly #recording = new Map<string, Promise<void>>()

  constructor(store: RevocationStore, ledger: Ledger, clock: () => number) {
    this.#store = store
    this.#ledger = ledger
    this.#clock = clock
  }

  /**
   * Cuts a link. It is in force before it is recorded, and recorded when this resolves. False when it was cut already; if nobody has come to record that, it
   * is recorded now, with the cause that it was cut for.
   * @throws BailiwickError as {@link Ledger.append} when it could not be recorded; it is in force all the same, and recorded when it is repeated or by
   * {@link recordOutstanding}. `STORE_FAILED` when it could not even be cut
   */
  async revoke(link: Link, { by, reason }: RevocationCause): Promise<boolean> {
    const cut = await this.#store.cut({ link, at: this.#clock(), by, reason })
    try {
      await this.#recordCut(link)
    } catch (error) {
      if (!(error instanceof BailiwickError)) throw error
      throw new BailiwickError(error.code, `${linkText(link)} is cut off, but that could not be recorded: ${error.message}`, {
        mend: 'it is in force; revoke it again once the ledger can be written, or start a gateway, and it is recorded',
      })
    }
    return cut
  }

  /**
   * Records what was cut by processes that ended before they had recorded it. A cut that another process is recording at this moment is recorded twice
   * rather than not at all. Resolves with how many there were.
   * @throws BailiwickError as {@link Ledger.append}
   */
  async recordOutstanding(): Promise<number> {
    const outstanding = await this.#store.unrecorded()
    for (const { link } of outstanding) await this.#recordCut(link)
    return outstanding.length
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
    // Nothing is given back on record that was never taken away there.
    await this.#recordCut(link)
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

  /** Records a cut that is not recorded yet. Whoever comes meanwhile waits for the same entry. */
  #recordCut(link: Link): Promise<void> {
    const key = linkText(link)
    const under = this.#recording.get(key)
    if (under !== undefined) return under
    const recording = this.#recordUnrecorded(link).finally(() => this.#recording.delete(key))
    this.#recording.set(key, recording)
    return recording
  }

  async #recordUnrecorded(link: Link): Promise<void> {
    const cut = (await this.#store.unrecorded()).find((one) => one.link.kind === link.kind && one.link.id === link.id)
    if (cut === undefined) return
    await this.#record(link, 'revoked', cut)
    await this.#store.recorded(cut)
  }

  async #record({ kind, id }: Link, event: 'revoked' | 'lifted', { by, reason }: RevocationCause): Promise<void> {
    await this.#ledger.append({ type: 'revocation', session: kind === 'session' ? id : null, event, kind, id, by, reason })
  }
}
