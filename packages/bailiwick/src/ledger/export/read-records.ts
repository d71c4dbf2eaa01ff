import type { LedgerStore } from '../ledger-store.ts'
import type { ExportRecord } from './export-record.ts'
import type { RecordReader } from './record-reader.ts'
import { selects } from './selection.ts'
import type { Selection } from './selection.ts'

const page = 64

/** Indices of entries: from `from` on, up to and without `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The records of a range that a selection wants, in order, a few at a time however many there are. */
export async function* readRecords(
  store: LedgerStore,
  reader: RecordReader,
  { from, to }: Range,
  selection: Selection,
): AsyncGenerator<ExportRecord> {
  for await (const { index, body } of selection.session === undefined
    ? entriesIn(store, from, to)
    : entriesOf(store, selection.session, from, to)) {
    const record = await reader.read(index, body)
    if (selects(selection, record)) yield record
  }
}

interface Body {
  readonly index: number
  readonly body: Uint8Array
}

async function* entriesIn(store: LedgerStore, from: number, to: number): AsyncGenerator<Body> {
  for (let next = from; next < to;) {
    const bodies = await store.entries(next, Math.min(page, to - next))
    if (bodies.length === 0) return
    for (const body of bodies) {
      yield { index: next, body }
      next += 1
    }
  }
}

async function* entriesOf(store: LedgerStore, session: string, from: number, to: number): AsyncGenerator<Body> {
  for (const index of await store.indicesOf(session, from - 1)) {
    if (index >= to) return
    const [body] = await store.entries(index, 1)
    if (body !== undefined) yield { index, body }
  }
}
