import { setTimeout as wait } from 'node:timers/promises'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { LedgerStore } from '../ledger-store.ts'
import type { CursorStore } from './cursor-store.ts'
import type { ExportRecord } from './export-record.ts'
import { RecordReader } from './record-reader.ts'
import { selects } from './selection.ts'
import type { Selection } from './selection.ts'
import type { Sink } from './sink.ts'

const page = 32
const lookEvery = 250
/** How long what was sent may stay unnoted: what a crash in that time has sent again. */
const noteEvery = 500
const sendLimit = 10_000
const firstPause = 500
const longestPause = 60_000

export interface SinkLoopOptions {
  readonly name: string
  readonly sink: Sink
  readonly store: LedgerStore
  readonly cursors: CursorStore
  readonly selection: Selection
  /** Where a sink that was never sent anything begins. */
  readonly from: 'start' | 'now'
  /** Told of each try that failed. */
  readonly onFault: (error: unknown) => void
  /** Told of the first that did not, after some that had. */
  readonly onRecovery: () => void
}

/**
 * Sends a sink the ledger as it grows, each entry at least once and in order, at its own pace: nobody waits for it, and it holds no more than
 * one page of entries however far it lags behind. What fails is tried again, with pauses that double from half a second to a minute.
 */
export class SinkLoop {
  readonly #options: SinkLoopOptions
  readonly #reader: RecordReader
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #next: number | null = null
  #noted = 0
  #notedAt = 0
  #failures = 0

  constructor(options: SinkLoopOptions) {
    this.#options = options
    this.#reader = new RecordReader(options.store)
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Ends what is under way, and notes how far it came. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#options.sink.close()
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      let pause: number
      try {
        pause = await this.#step()
        this.#recovered()
      } catch (error) {
        if (this.#stop.signal.aborted) break
        this.#failures += 1
        pause = Math.min(longestPause, firstPause * 2 ** (this.#failures - 1)) * (0.75 + Math.random() / 2)
        this.#options.onFault(error)
      }
      await this.#pause(pause)
    }
    await this.#note(true).catch(this.#options.onFault)
  }

  /** Sends at most one page. Returns how long to wait: not at all while there is more. */
  async #step(): Promise<number> {
    const { store, selection, sink } = this.#options
    const begin = await this.#begin()
    const bodies = await store.entries(begin, page)
    if (bodies.length === 0) {
      await this.#note(true)
      return lookEvery
    }
    let next = begin
    let batch: ExportRecord[] = []
    const send = async (): Promise<void> => {
      if (batch.length > 0) {
        await sink.send(batch, AbortSignal.any([this.#stop.signal, AbortSignal.timeout(sendLimit)]))
        this.#recovered()
      }
      batch = []
      this.#next = next
      await this.#note(false)
    }
    for (const [offset, body] of bodies.entries()) {
      const record = await this.#reader.read(begin + offset, body).catch(async (error: unknown) => {
        // What comes before an entry that cannot be read is sent all the same.
        await send()
        throw error
      })
      next = begin + offset + 1
      if (selects(selection, record)) batch.push(record)
      if (batch.length >= sink.batch) await send()
    }
    await send()
    return 0
  }

  #recovered(): void {
    if (this.#failures > 0) this.#options.onRecovery()
    this.#failures = 0
  }

  async #begin(): Promise<number> {
    if (this.#next !== null) return this.#next
    const { name, store, cursors, from } = this.#options
    const size = await store.size()
    const cursor = await cursors.cursor(name)
    if (cursor !== null && cursor > size)
      throw new BailiwickError('LEDGER_CORRUPT', `the first ${cursor} entries were sent already, but there are ${size}`, {
        mend: 'the end of the ledger is missing: restore the store from a copy',
      })
    this.#next = cursor ?? (from === 'now' ? size : 0)
    if (cursor === null) await cursors.advance(name, this.#next)
    this.#noted = this.#next
    return this.#next
  }

  async #note(now: boolean): Promise<void> {
    const at = performance.now()
    if (this.#next === null || this.#next === this.#noted || (!now && at - this.#notedAt < noteEvery)) return
    await this.#options.cursors.advance(this.#options.name, this.#next)
    this.#noted = this.#next
    this.#notedAt = at
  }

  /** At least one turn of the event loop, in which calls are decided. */
  async #pause(milliseconds: number): Promise<void> {
    try {
      await wait(milliseconds, undefined, { signal: this.#stop.signal })
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error
    }
  }
}
