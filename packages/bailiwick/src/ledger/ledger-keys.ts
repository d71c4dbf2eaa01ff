import { ed25519Verifier, formatNoteKey, openCheckpoint, signNote, TlogError, verifyNote } from '@bailiwick/tlog'
import type { NoteSigner, NoteVerifier, OpenedCheckpoint } from '@bailiwick/tlog'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { LedgerKeyEntry } from './entry.ts'
import type { LedgerStore } from './ledger-store.ts'
import { entryAt } from './past-reader.ts'
import { ledgerKeySubject } from './subject.ts'

/** A key and the entry from which on heads are signed with it: those that cover that entry. */
interface Term {
  readonly key: string
  /** -1 for the first key. */
  readonly since: number
}

/** The keys that a ledger's heads are signed with, in their order, each handed over to by the one before. */
export class LedgerKeys {
  readonly #terms: readonly Term[]
  readonly #verifiers: readonly NoteVerifier[]

  /** The newest entry that replaces the key, or would; -1 when there is none. */
  readonly newest: number

  private constructor(terms: readonly Term[], verifiers: readonly NoteVerifier[], newest: number) {
    this.#terms = terms
    this.#verifiers = verifiers
    this.newest = newest
  }

  /** Of a ledger whose key was never replaced. @throws TlogError for a text that is no verifier key */
  static async only(key: string): Promise<LedgerKeys> {
    return new LedgerKeys([{ key, since: -1 }], [await ed25519Verifier(key)], -1)
  }

  /**
   * The keys that lead to the one that is trusted, as the ledger's own entries tell.
   * @throws BailiwickError `KEY_FILE` when they lead to another
   */
  static async read(store: LedgerStore, trusted: string): Promise<LedgerKeys> {
    const { terms, newest } = await handOvers(store)
    const last = terms.at(-1) ?? { key: trusted, since: -1 }
    if (last.key !== trusted)
      throw new BailiwickError('KEY_FILE', `the ledger's key was replaced by entry ${last.since}, and \`${trusted}\` is not the new one`, {
        mend: 'put the key in place that was made then; a copy from before is of no use',
      })
    const all = terms.length === 0 ? [last] : terms
    return new LedgerKeys(all, await Promise.all(all.map(({ key }) => ed25519Verifier(key))), newest)
  }

  /** The verifier key that heads are signed with now (C2SP signed-note). */
  get current(): string {
    return (this.#terms.at(-1) as Term).key
  }

  /** How many there have been. */
  get count(): number {
    return this.#terms.length
  }

  /** The verifier key for heads over so many entries. */
  keyAt(size: number): string {
    return (this.#terms.findLast(({ since }) => since < size) as Term).key
  }

  /** Opens a signed head. @throws TlogError when the key of its time has not signed it */
  async open(note: string): Promise<OpenedCheckpoint> {
    const [first] = this.#verifiers as [NoteVerifier]
    const opened = await openCheckpoint(note, this.#verifiers, first.key.name)
    const wanted = this.#verifiers[this.#terms.findIndex(({ key }) => key === this.keyAt(opened.size))] as NoteVerifier
    if (opened.verified.some(({ keyId }) => keyId === wanted.key.id)) return opened
    throw new TlogError(
      'no_known_signature',
      `a head over ${opened.size} entries must be signed by \`${formatNoteKey(wanted.key)}\`; this one is by a key of another time`,
    )
  }
}

/** The key that the ledger's entries hand over to; null when they hand over to none. */
export async function keyHandedTo(store: LedgerStore): Promise<string | null> {
  return (await handOvers(store)).terms.at(-1)?.key ?? null
}

/** What both keys sign when one takes the place of the other: a signed note (C2SP) of this text. */
export async function handOver(from: NoteSigner, to: NoteSigner): Promise<Pick<LedgerKeyEntry, 'from' | 'to' | 'statement'>> {
  const keys = { from: formatNoteKey(from.key), to: formatNoteKey(to.key) }
  return { ...keys, statement: await signNote(handOverText(keys), [from, to]) }
}

function handOverText({ from, to }: Pick<LedgerKeyEntry, 'from' | 'to'>): string {
  return `bailiwick ledger key v1\n${from}\n${to}\n`
}

/**
 * Who signed when, where the key was ever replaced. An entry that does not continue from the key of its time, or that not both keys have signed, hands over
 * nothing.
 */
async function handOvers(store: LedgerStore): Promise<{ readonly terms: readonly Term[]; readonly newest: number }> {
  const terms: Term[] = []
  const indices = await store.indicesOf(ledgerKeySubject)
  for (const index of indices) {
    const entry = await entryAt(store, index)
    if (entry?.type !== 'configuration' || entry.event !== 'ledger-key' || !(await isHandOver(entry))) continue
    if (terms.length === 0) terms.push({ key: entry.from, since: -1 })
    const known = terms.some(({ key }) => key === entry.to)
    if (entry.from === terms.at(-1)?.key && !known) terms.push({ key: entry.to, since: index })
  }
  return { terms, newest: indices.at(-1) ?? -1 }
}

async function isHandOver({ from, to, statement }: LedgerKeyEntry): Promise<boolean> {
  try {
    const verifiers = await Promise.all([from, to].map((key) => ed25519Verifier(key)))
    const { text, verified } = await verifyNote(statement, verifiers)
    const signed = new Set(verified.map(({ keyId }) => keyId))
    return (
      text === handOverText({ from, to }) &&
      verifiers.every(({ key }) => signed.has(key.id)) &&
      verifiers[0]?.key.name === verifiers[1]?.key.name
    )
  } catch (error) {
    if (error instanceof TlogError) return false
    throw error
  }
}
