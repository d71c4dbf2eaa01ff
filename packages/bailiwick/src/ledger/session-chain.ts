import type { LedgerEntry } from './entry.ts'
import { noEntryBefore } from './ledger.ts'

/** A problem with the entry at an index. */
export interface EntryProblem {
  readonly index: number
  readonly problem: string
}

/** What a run of entries says of one session: how it links to what was before, and what comes after must link to. */
interface Links {
  /** The first entry without a link that has none with one before it in the run; such are from earlier builds. */
  unlinked: number | null
  /** The first entry with a link. */
  first: { readonly index: number; readonly previous: string } | null
  /** The leaf hash of the newest entry with a link, in hex. */
  last: string | null
}

/**
 * The chains of the sessions in a run of entries: each names the leaf hash of its session's entry before it. Runs that were read apart can be joined
 * in their order. A session that earlier builds began has entries without a link; its chain begins with the first that has one.
 */
export class SessionChains {
  readonly #sessions = new Map<string, Links>()

  /** The chains of a run that was read elsewhere, as {@link links} gave them. */
  static from(links: ReadonlyMap<string, Links>): SessionChains {
    const chains = new SessionChains()
    for (const [session, of] of links) chains.#sessions.set(session, of)
    return chains
  }

  /** What the chains amount to, fit to be sent elsewhere. */
  get links(): ReadonlyMap<string, Links> {
    return this.#sessions
  }

  /** The leaf hash of a session's newest entry, in hex; null when it has none with a link. */
  lastOf(session: string): string | null {
    return this.#sessions.get(session)?.last ?? null
  }

  /** Takes the next entry of the run. Returns what is wrong with it as a link within the run. */
  take(index: number, { session, previous }: LedgerEntry, leaf: Uint8Array): EntryProblem[] {
    if (session === null)
      return previous === undefined ? [] : [{ index, problem: `entry ${index} is of no session and says what came before it` }]
    const links = this.#of(session)
    if (previous === undefined) {
      if (links.last !== null) return [unlinked(index, session)]
      links.unlinked ??= index
      return []
    }
    const before = links.last
    links.last = Buffer.from(leaf).toString('hex')
    if (before === null) {
      links.first = { index, previous }
      return []
    }
    return previous === before ? [] : [strayed(index, session)]
  }

  /** Joins the run that comes next. Returns what is wrong where the two meet. */
  join(next: SessionChains): EntryProblem[] {
    const problems: EntryProblem[] = []
    for (const [session, { unlinked: without, first, last }] of next.#sessions) {
      const links = this.#of(session)
      if (without !== null && links.last !== null) problems.push(unlinked(without, session))
      if (without !== null) links.unlinked ??= without
      if (first === null) continue
      if (links.last === null) links.first = first
      else if (first.previous !== links.last) problems.push(strayed(first.index, session))
      links.last = last
    }
    return problems
  }

  /** What is wrong with the beginnings, when nothing came before the run. */
  beginnings(): EntryProblem[] {
    return [...this.#sessions].flatMap(([session, { first }]) =>
      first === null || first.previous === noEntryBefore
        ? []
        : [{ index: first.index, problem: `entry ${first.index} follows an entry of the session \`${session}\` that is not there` }],
    )
  }

  #of(session: string): Links {
    const known = this.#sessions.get(session)
    if (known !== undefined) return known
    const links: Links = { unlinked: null, first: null, last: null }
    this.#sessions.set(session, links)
    return links
  }
}

function unlinked(index: number, session: string): EntryProblem {
  return { index, problem: `entry ${index} does not say which entry of the session \`${session}\` came before it` }
}

function strayed(index: number, session: string): EntryProblem {
  return {
    index,
    problem: `entry ${index} does not follow the entry of the session \`${session}\` before it: one was taken out, added or moved`,
  }
}
