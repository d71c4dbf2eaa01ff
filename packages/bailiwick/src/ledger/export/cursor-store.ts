/** How far each sink has been sent the ledger. Several processes may use one store at once. */
export interface CursorStore {
  /** The index of the first entry that was not sent yet; null for a sink that was never sent any. */
  cursor(sink: string): Promise<number | null>
  /** Notes that everything below `next` was sent. One that is behind what is noted already changes nothing. */
  advance(sink: string, next: number): Promise<void>
}
