import { randomBytes } from 'node:crypto'
import { formatNoteKey, parseNote, rootHash, signCheckpoint } from '@bailiwick/tlog'
import type { NoteSigner } from '@bailiwick/tlog'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { canonicalJson } from '../model/json.ts'
import { letsThrough } from '../model/vocabulary.ts'
import type { Payload } from './commitment.ts'
import type { LedgerEntry, NewEntry } from './entry.ts'
import { callOf } from './call-of.ts'
import { handOver, LedgerKeys } from './ledger-keys.ts'
import type { LedgerStore, PendingEntry } from './ledger-store.ts'
import { nodeSha256 } from './node-sha256.ts'
import { ledgerKeySubject, subjectsOf } from './subject.ts'
import type { SignedHead, Witnesses } from './witness/witnesses.ts'
import { checkSignedHead } from './signed-head.ts'

/** What the first entry of a session says of the one before it. */
export const noEntryBefore: string = '0'.repeat(64)

/** The longest entry, as C2SP tlog-tiles frames them. */
export const longestEntry = 65_535

/** How long a signed head may lag behind the entries, and until one that could not be signed is tried again, in milliseconds. */
const headDelay = 1000

/** How long a patient entry waits for company, in milliseconds. */
const longestPatience = 20

/** After how many entries they are settled, however much there is to do, and after how many milliseconds when there is nothing. */
const mostUnsettled = 64
const settleDelay = 5

export interface LedgerOptions {
  readonly store: LedgerStore
  /** What signs the heads. Asked for at first, and again whenever an entry has replaced the key. */
  readonly signer: () => Promise<NoteSigner>
  readonly instance: string
  readonly clock: () => number
  /**
   * Told when a head could not be signed, saved or cosigned: entries are durable all the same, and the next head covers them. While none can be signed
   * or saved, nothing is let through; told once for each reason. Told once, with `LEDGER_DISOWNED`, when a witness says that this is another ledger:
   * nothing is appended from then on.
   */
  readonly onFault: (error: unknown) => void
  /** Who cosigns the heads; nobody when absent. */
  readonly witnesses?: Pick<Witnesses, 'cosign'>
}

interface Waiting {
  readonly entry: PendingEntry
  readonly resolve: (index: number) => void
  readonly reject: (error: unknown) => void
}

/** The append-only record. Entries that arrive while a commit is under way share the next one. */
export class Ledger {
  readonly #options: LedgerOptions
  #queue: Waiting[] = []
  #committing: Promise<void> | null = null
  #headTimer: NodeJS.Timeout | null = null
  #patience: NodeJS.Timeout | null = null
  #settleTimer: NodeJS.Timeout | null = null
  /** How many entries were appended since they were settled. */
  #unsettled = 0
  #signing: Promise<void> = Promise.resolve()
  #signedSize = 0
  #cosigning: Promise<void> = Promise.resolve()
  /** The head that is to be cosigned next. */
  #uncosigned: SignedHead | null = null
  /** Null until it was asked for. */
  #signs: { readonly signer: NoteSigner; readonly keys: LedgerKeys } | null = null
  /** Why this is not the ledger that a witness knows. */
  #disowned: BailiwickError | null = null
  /** Why the newest head could not be signed or saved. */
  #unsigned: Error | null = null
  #closed = false
  #appended = false
  /** Settles with the entry that was appended last. */
  #latest: Promise<unknown> = Promise.resolve()
  /** Stands in a body for the hash of the entry before until that is known; nobody outside can have put it there. */
  readonly #mark = randomBytes(32).toString('hex')

  constructor(options: LedgerOptions) {
    this.#options = options
  }

  get instance(): string {
    return this.#options.instance
  }

  /**
   * Stamps and appends an entry. Resolves with its index once it is durable. A `patient` entry, that nobody waits for,
   * lets others commit with it for a few milliseconds instead of forcing a commit of its own.
   * @throws BailiwickError `LEDGER_ENTRY_TOO_LARGE`, `STORE_FAILED` when it could not be made durable, `LEDGER_UNSIGNED` when it would let something
   * through while no head can be signed, or `LEDGER_DISOWNED`
   */
  append(entry: NewEntry, payloads: readonly Payload[] = [], options: { readonly patient?: boolean } = {}): Promise<number> {
    if (this.#disowned !== null) return Promise.reject(this.#disowned)
    if (this.#unsigned !== null && isLetThrough(entry)) return Promise.reject(unsigned(this.#unsigned))
    const stamp = { v: 1, time: new Date(this.#options.clock()).toISOString(), instance: this.#options.instance }
    const stamped = { ...stamp, ...entry, ...(entry.session === null ? {} : { previous: this.#mark }) } as LedgerEntry
    const body = Buffer.from(canonicalJson(stamped))
    if (body.length > longestEntry)
      return Promise.reject(
        new BailiwickError(
          'LEDGER_ENTRY_TOO_LARGE',
          `an entry of ${body.length} bytes is over the ${longestEntry} that the ledger carries`,
        ),
      )
    const appended = new Promise<number>((resolve, reject) => {
      this.#queue.push({
        entry: { session: stamped.session, body: this.#linked(body), payloads, subjects: subjectsOf(stamped), call: callOf(stamped) },
        resolve,
        reject,
      })
      if (options.patient === true) this.#patience ??= setTimeout(() => this.#commit(), longestPatience)
      else this.#commit()
    })
    this.#latest = Promise.allSettled([appended])
    return appended
  }

  /** Waits until everything that was appended so far is durable, or could not be made so. */
  async flush(): Promise<void> {
    if (this.#queue.length > 0) this.#commit()
    await this.#latest
  }

  /**
   * Compares the tree with the newest head that was signed over it.
   * @throws BailiwickError `LEDGER_CORRUPT` when they do not fit: someone has taken entries away or changed them
   */
  async assertSound(): Promise<void> {
    const { store } = this.#options
    const { keys } = await this.#signature()
    const { problem } = await checkSignedHead(store, keys, store.nodes(), await store.size())
    if (problem !== null)
      throw new BailiwickError('LEDGER_CORRUPT', problem, {
        mend: 'restore the store from a copy; `bailiwick log verify` tells how far it is sound',
      })
  }

  /**
   * Signs a head over everything appended so far and saves it; does nothing when the last head covers it already.
   * @throws BailiwickError `LEDGER_CORRUPT` rather than sign over a tree that does not fit the head before, `KEY_FILE` when the key was replaced and the
   * new one is not there
   */
  async signHead(): Promise<void> {
    await this.#signHead([])
  }

  /**
   * Replaces the ledger's key: appends an entry that both keys sign, after which `signer` is asked for the next one. The first head after it is signed by
   * both, so that those who know the old key only can tell that the ledger goes on.
   * @throws BailiwickError as {@link append} and {@link signHead}; `KEY_FILE` when another process has replaced the key by another one meanwhile
   */
  async replaceKey(next: NoteSigner, cause: { readonly by: string; readonly reason: string }): Promise<number> {
    const { signer: before } = await this.#signature()
    await this.signHead()
    const index = await this.append({
      type: 'configuration',
      event: 'ledger-key',
      session: null,
      ...(await handOver(before, next)),
      ...cause,
    })
    const { keys } = await this.#signature()
    if (keys.current !== formatNoteKey(next.key))
      throw new BailiwickError('KEY_FILE', `the ledger's key was replaced by \`${keys.current}\` meanwhile`, {
        mend: 'see `bailiwick log list --all` for who did, and try again',
      })
    await this.#signHead([before])
    return index
  }

  /** The keys that heads were and are signed with. @throws BailiwickError `KEY_FILE` when the key was replaced and the new one is not there */
  async keys(): Promise<LedgerKeys> {
    return (await this.#signature()).keys
  }

  /**
   * Has the newest head cosigned, if there is one, and waits until the witnesses have answered.
   * @throws BailiwickError `LEDGER_DISOWNED` when one has cosigned what this ledger no longer holds; nothing is appended from then on
   */
  async assertWitnessed(): Promise<void> {
    const head = await this.#options.store.head()
    if (head !== null) this.#cosign(head)
    await this.#cosigning
    if (this.#disowned !== null) throw this.#disowned
  }

  /** Waits for what is under way, and signs the last head if anything was appended here. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#queue.length > 0) this.#commit()
    while (this.#committing !== null) await this.#committing
    // After the last commit, each of which has a head signed later.
    for (const timer of [this.#headTimer, this.#settleTimer]) if (timer !== null) clearTimeout(timer)
    this.#headTimer = null
    this.#settleTimer = null
    if (this.#unsettled > 0) await this.#settle()
    await this.#signing
    if (this.#appended && this.#disowned === null) await this.signHead()
    await this.#cosigning
  }

  /** The body with the hash of the session's entry before in its place. */
  #linked(body: Buffer): (previous: Uint8Array | null) => Uint8Array {
    const at = body.indexOf(this.#mark)
    return (previous) => {
      if (at !== -1) body.write(previous === null ? noEntryBefore : Buffer.from(previous).toString('hex'), at, 'latin1')
      return body
    }
  }

  /** What signs heads now: found anew when the ledger has a newer entry that replaces the key. */
  async #signature(): Promise<{ readonly signer: NoteSigner; readonly keys: LedgerKeys }> {
    const { store, signer } = this.#options
    const [newest = -1] = await store.lastIndicesOf(ledgerKeySubject, Number.MAX_SAFE_INTEGER, 1)
    if (this.#signs === null || this.#signs.keys.newest !== newest) {
      const now = await signer()
      this.#signs = { signer: now, keys: await LedgerKeys.read(store, formatNoteKey(now.key)) }
    }
    return this.#signs
  }

  /** @param others who sign as well, for those that do not know the ledger's key */
  async #signHead(others: readonly NoteSigner[]): Promise<void> {
    const { store } = this.#options
    if ((await store.size()) === this.#signedSize) {
      this.#unsigned = null
      return
    }
    await this.assertSound()
    for (let saved = false; !saved;) {
      const { signer, keys } = await this.#signature()
      // Looked at after the key, so that it covers the entry that brought it.
      const size = await store.size()
      const head = { origin: signer.key.name, size, root: rootHash(nodeSha256, size, store.nodes()) }
      // Not saved when the key was replaced in this very moment.
      saved = await store.saveHead(size, await signCheckpoint(head, [signer]), keys.newest)
      if (!saved) continue
      if (others.length > 0) await store.addCosignatures(size, parseNote(await signCheckpoint(head, others)).signatures)
      this.#signedSize = size
      this.#unsigned = null
      const kept = await store.headUpTo(size)
      if (kept !== null) this.#cosign(kept)
    }
  }

  #commit(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
    this.#committing ??= this.#drain()
  }

  async #drain(): Promise<void> {
    // One turn of the event loop lets calls that arrived together share a commit.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) {
      const batch = this.#queue
      this.#queue = []
      try {
        const first = await this.#options.store.append(batch.map((waiting) => waiting.entry))
        this.#appended = true
        for (const [index, waiting] of batch.entries()) waiting.resolve(first + index)
        this.#unsettled += batch.length
      } catch (error) {
        for (const waiting of batch) waiting.reject(error)
      }
      if (this.#unsettled < mostUnsettled) continue
      // After those who have waited for these entries.
      await new Promise((resolve) => setImmediate(resolve))
      await this.#settle()
    }
    this.#committing = null
    // What still comes after the end is settled and covered by the next who opens the ledger.
    if (this.#closed) return
    if (this.#unsettled > 0)
      this.#settleTimer ??= setTimeout(() => {
        this.#settleTimer = null
        if (this.#committing === null) void this.#settle()
      }, settleDelay).unref()
    this.#scheduleHead()
  }

  /** Has entries settled betimes. Whoever looks something up has it done otherwise, and hears of it if it fails. */
  async #settle(): Promise<void> {
    this.#unsettled = 0
    await this.#options.store.settle().catch(this.#options.onFault)
  }

  /** Has the head cosigned, away from whoever waits for anything; of heads that come meanwhile, the newest is next. */
  #cosign(head: SignedHead): void {
    const { witnesses, onFault } = this.#options
    if (witnesses === undefined) return
    const busy = this.#uncosigned !== null
    this.#uncosigned = head
    if (busy) return
    const drain = async (): Promise<void> => {
      for (let next: SignedHead | null = head; next !== null && this.#disowned === null;) {
        const problem = await witnesses.cosign(next)
        if (problem !== null) {
          this.#disowned = new BailiwickError('LEDGER_DISOWNED', problem, {
            mend: 'restore the newest copy of the store; a ledger that was replaced on purpose needs a key and a name of its own',
          })
          onFault(this.#disowned)
        }
        if (this.#uncosigned === next) this.#uncosigned = null
        next = this.#uncosigned
      }
    }
    this.#cosigning = drain().catch((error: unknown) => {
      this.#uncosigned = null
      onFault(error)
    })
  }

  #scheduleHead(): void {
    if (this.#headTimer !== null) return
    this.#headTimer = setTimeout(() => {
      this.#headTimer = null
      this.#signing = this.signHead().catch((error: unknown) => this.#hasNoHead(error as Error))
    }, headDelay)
    this.#headTimer.unref()
  }

  /** Stops letting anything through, and goes on trying. */
  #hasNoHead(error: Error): void {
    const known = this.#unsigned?.message === error.message
    this.#unsigned = error
    if (!known) this.#options.onFault(error)
    if (!this.#closed) this.#scheduleHead()
  }
}

/** Whether something runs, or leaves this machine, once the entry is durable. */
function isLetThrough(entry: NewEntry): boolean {
  return (entry.type === 'decision' && letsThrough(entry.response)) || (entry.type === 'model' && entry.event === 'asked')
}

function unsigned(cause: Error): BailiwickError {
  return new BailiwickError('LEDGER_UNSIGNED', `nothing is let through while the ledger's head cannot be signed: ${cause.message}`, {
    mend: (cause instanceof BailiwickError ? cause.mend : null) ?? 'mend that; it is tried again each second',
    cause,
  })
}
