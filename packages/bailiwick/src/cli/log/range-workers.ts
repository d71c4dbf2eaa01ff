import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { rangeSize } from '../../ledger/check-range.ts'
import type { CheckedRange, Range } from '../../ledger/check-range.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { WorkerAnswer, WorkerSetting } from './range-worker.ts'

const mostWorkers = 8
/** Ranges below which workers would take longer to start than they save. */
const fewRanges = 8

/** Worker threads that check ranges of a ledger, one range each at a time. */
export class RangeWorkers {
  readonly #idle: Worker[] = []
  readonly #workers: readonly Worker[]
  readonly #waiting: ((worker: Worker) => void)[] = []

  /** How many there should be for a ledger of so many entries; 1 when they are not worth it. */
  static widthFor(entries: number): number {
    return entries < fewRanges * rangeSize ? 1 : Math.min(mostWorkers, availableParallelism())
  }

  constructor(width: number, setting: WorkerSetting) {
    // Beside this file, as source or as built.
    const file = new URL(`./range-worker${extname(import.meta.url)}`, import.meta.url)
    this.#workers = Array.from({ length: width }, () => new Worker(file, { workerData: setting }))
    this.#idle.push(...this.#workers)
  }

  /** @throws BailiwickError `STORE_FAILED` and what else checking throws */
  async check(range: Range): Promise<CheckedRange> {
    const worker = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)))
    try {
      return await ask(worker, range)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#idle.push(worker)
      else next(worker)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

function ask(worker: Worker, range: Range): Promise<CheckedRange> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      worker.off('message', answered).off('error', failed).off('exit', gone)
      end()
    }
    const answered = (answer: WorkerAnswer): void =>
      settle(() => ('checked' in answer ? resolve(answer.checked) : reject(faultOf(answer.fault))))
    const failed = (fault: unknown): void => settle(() => reject(faultOf(fault)))
    const gone = (code: number): void => failed(new Error(`a thread that checks the ledger ended with code ${code}`))
    worker.on('message', answered).on('error', failed).on('exit', gone)
    worker.postMessage(range, [])
  })
}

/** A fault as it was before it was sent between threads, which keeps only the message. */
function faultOf(fault: unknown): Error {
  const error = fault instanceof Error ? fault : new Error(String(fault))
  return new BailiwickError('STORE_FAILED', `a part of the ledger could not be checked: ${error.message}`, {
    cause: error,
    mend: 'check the disk, and that no other program holds the file',
  })
}
