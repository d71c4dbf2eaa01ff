import { equalBytes } from './bytes.ts'
import type { TreeState } from './tile-writer.ts'

/** The last checkpoint of a log that a witness has let pass. */
export interface WitnessedHead extends TreeState {
  /** The checkpoint with the signatures of the log that verified and, once it has been cosigned, those of the witness. */
  readonly note: string
  /** False from when the head is recorded until it is cosigned. */
  readonly cosigned: boolean
}

/** Where a witness keeps the last head of each log. It must be shared by everything that signs with the same keys. */
export interface WitnessStore {
  /** The last head of the log, or null if there never was one. */
  latest(origin: string): Promise<WitnessedHead | null>

  /**
   * Puts `next` in place of the last head if that still has the size and root of `expected` (null: if there is none),
   * in one atomic step, and resolves to whether it did. When it resolves to true, `next` is durable.
   */
  replace(origin: string, expected: TreeState | null, next: WitnessedHead): Promise<boolean>
}

/** Keeps heads in memory: for tests, as a witness that forgets can be made to cosign two histories. */
export class MemoryWitnessStore implements WitnessStore {
  readonly #heads = new Map<string, WitnessedHead>()

  async latest(origin: string): Promise<WitnessedHead | null> {
    return this.#heads.get(origin) ?? null
  }

  async replace(origin: string, expected: TreeState | null, next: WitnessedHead): Promise<boolean> {
    const head = this.#heads.get(origin) ?? null
    const same =
      head === null || expected === null ? head === expected : head.size === expected.size && equalBytes(head.root, expected.root)
    if (same) this.#heads.set(origin, next)
    return same
  }
}
