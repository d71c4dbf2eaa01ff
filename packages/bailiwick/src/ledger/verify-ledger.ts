import { randomBytes } from 'node:crypto'
import { rootHash } from '@bailiwick/tlog'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { checkRange, rangeSize } from './check-range.ts'
import type { CheckedRange, Range } from './check-range.ts'
import { lastSoundHead } from './last-sound-head.ts'
import type { LedgerKeys } from './ledger-keys.ts'
import { LedgerTree } from './ledger-tree.ts'
import { nodeSha256 } from './node-sha256.ts'
import { entryPlace } from './entry-place.ts'
import { firstAstray } from './first-astray.ts'
import { Findings } from './range-findings.ts'
import { checkSignedHead } from './signed-head.ts'
import type { LedgerStore } from './ledger-store.ts'
import { openCallProblems, sessionHeadProblems, sumIndex } from './lookup-problems.ts'

export interface LedgerReport {
  readonly ok: boolean
  /** Entries in the store. */
  readonly entries: number
  /** Entries that the newest signed head covers. */
  readonly signed: number
  readonly decisions: number
  readonly outcomes: number
  /** Calls that were let through and have no outcome yet. */
  readonly open: number
  readonly payloads: number
  /** Sessions whose payloads were erased, as the ledger says itself. */
  readonly erased: number
  /** Root of the whole tree, base64. */
  readonly root: string
  readonly problems: readonly string[]
}

export interface VerifyOptions {
  readonly onProgress?: (done: number, of: number) => void
  /** Checks a range, of which several may be asked for at once; {@link checkRange} in this thread when absent. */
  readonly check?: (range: Range) => Promise<CheckedRange>
  /** How many ranges are checked at once. */
  readonly width?: number
}

/**
 * Checks the whole ledger from its entries alone: recomputes the tree, compares it with the signed head and with the stored nodes, checks that each
 * entry is canonical, each session's entries are a chain, each outcome has its decision, no approval was used twice, and each payload is the one committed
 * to; and that what entries are looked up by is what the entries say. Entries that come meanwhile are left for the next time.
 */
export async function verifyLedger(store: LedgerStore, keys: LedgerKeys, options: VerifyOptions = {}): Promise<LedgerReport> {
  const { check = (range) => checkRange(store, range), width = 1, onProgress = () => {} } = options
  // In this order: a head covers nothing but entries that were there before it.
  const head = await store.head()
  const entries = await store.size()
  const unsettled = await settlingProblem(store)
  const digestKey = randomBytes(16).toString('hex')
  const ranges = Array.from({ length: Math.ceil(entries / rangeSize) }, (_, place): Range => {
    const from = place * rangeSize
    // Of the range in which the head ends, the root of the head needs the nodes below.
    const allNodes = head !== null && head.size > from && head.size < from + rangeSize
    return { from, count: Math.min(rangeSize, entries - from), digestKey, allNodes }
  })
  const findings = new Findings()
  const tree = new LedgerTree()
  const sums = new Uint32Array(2 * entries)
  const astray: NonNullable<CheckedRange['astray']>[] = []
  const read = async (): Promise<void> => {
    for await (const [{ from, count }, checked] of inOrder(ranges, check, width)) {
      const above = tree.add(checked)
      const strayed = checked.astray ?? firstAstray(store, above)
      findings.join(checked.findings)
      sums.set(checked.subjects, 2 * from)
      if (strayed !== null) astray.push(strayed)
      onProgress(from + checked.count, entries)
      // What is behind a gap cannot be told from what was put there.
      if (checked.count < count) return
    }
  }
  const [indexed] = await Promise.all([sumIndex(store, digestKey, entries), read()])
  const problems = findings.problems()
  const [first] = astray
  if (first !== undefined)
    problems.push(`the stored tree does not fit the entries: its node at level ${first.level}, index ${first.index} is another`)
  const { signed, problem } = await checkSignedHead(store, keys, tree, tree.size, head)
  if (problem === null) {
    if (signed === 0 && tree.size > 0) problems.push('no head was ever signed')
  } else if (signed === 0) problems.push(problem)
  else if (signed > tree.size)
    problems.push(tree.size === 0 ? problem : `${problem}; the last that is there is ${await entryPlace(store, tree.size - 1)}`)
  else {
    const range = (from: number): Promise<CheckedRange> =>
      check({ from, count: Math.min(rangeSize, tree.size - from), digestKey, allNodes: true })
    const sound = await lastSoundHead({ store, keys, tree, range }, signed)
    problems.push(
      `${problem}; ${sound === 0 ? 'no earlier head fits them' : `up to ${await entryPlace(store, sound - 1)}, they fit the head of that time`}`,
    )
  }
  const { unread } = findings.range
  // What an entry that cannot be read is found by is not known.
  for (const index of unread) sums.set(indexed.subarray(2 * index, 2 * index + 2), 2 * index)
  problems.push(...(await indexProblems(store, sums, indexed, tree.size)))
  if (unsettled !== null) problems.push(unsettled)
  else if (tree.size === entries && unread.length === 0)
    problems.push(...(await sessionHeadProblems(store, findings, entries)), ...(await openCallProblems(store, findings.open, entries)))
  const { decisions, outcomes, payloads, erased } = findings.range
  return {
    ok: problems.length === 0,
    entries,
    signed,
    decisions,
    outcomes,
    open: findings.open.size,
    payloads,
    erased: erased.size,
    root: Buffer.from(rootHash(nodeSha256, tree.size, tree)).toString('base64'),
    problems,
  }
}

/** Why what entries are looked up by cannot be written for all of them; null when it is. */
async function settlingProblem(store: LedgerStore): Promise<string | null> {
  try {
    await store.settle()
    return null
  } catch (error) {
    if (error instanceof BailiwickError && error.code === 'LEDGER_CORRUPT') return error.message
    throw error
  }
}

/** Checks ranges, some at once, and gives them in their order. */
async function* inOrder(
  ranges: readonly Range[],
  check: (range: Range) => Promise<CheckedRange>,
  width: number,
): AsyncGenerator<readonly [Range, CheckedRange], void, undefined> {
  const underWay: Promise<CheckedRange>[] = []
  for (const [place, range] of ranges.entries()) {
    while (underWay.length < Math.min(2 * width, ranges.length - place)) {
      const next = check(ranges[place + underWay.length] as Range)
      // Whoever waits for it hears of a fault; until then it is nobody's.
      next.catch(() => {})
      underWay.push(next)
    }
    yield [range, await (underWay.shift() as Promise<CheckedRange>)]
  }
}

async function indexProblems(store: LedgerStore, said: Uint32Array, indexed: Uint32Array, entries: number): Promise<string[]> {
  const astray: number[] = []
  for (let index = 0; index < entries; index += 1)
    if (said[2 * index] !== indexed[2 * index] || said[2 * index + 1] !== indexed[2 * index + 1]) astray.push(index)
  const [first] = astray
  if (first === undefined) return []
  const others = astray.length === 1 ? '' : `, and of ${astray.length - 1} more`
  return [
    `the index does not fit the entries: what leads to ${await entryPlace(store, first)}${others} was taken out, added or altered; facts and lookups of before go by it`,
  ]
}
