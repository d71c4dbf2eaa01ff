import type { ExportRecord } from './export-record.ts'

/** Where records are sent. */
export interface Sink {
  /** How many records it takes at once, at most. */
  readonly batch: number
  /**
   * Resolves once the receiver has them all, as far as its protocol tells. What was sent before may come again, under the same ids.
   * Rejects when it has not, or `signal` is aborted; then everything is sent anew.
   */
  readonly send: (records: readonly ExportRecord[], signal: AbortSignal) => Promise<void>
  readonly close: () => Promise<void>
}
