import type { Link } from '../model/lineage.ts'

/** Who cut or lifted, and why. */
export interface RevocationCause {
  readonly by: string
  readonly reason: string
}

/** A cut that the ledger may not hold yet. */
export interface UnrecordedCut extends RevocationCause {
  readonly link: Link
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What revocations ask of a store, which every process of an installation shares. */
export interface RevocationStore {
  /** Cuts a link, unrecorded until {@link recorded} is told. False when it was cut already, which stays as it is. */
  cut(cut: UnrecordedCut): Promise<boolean>
  /** What was cut and not recorded, oldest first. */
  unrecorded(): Promise<readonly UnrecordedCut[]>
  /** Notes that the ledger holds this cut; another one of the same link that came later stays as it is. */
  recorded(cut: UnrecordedCut): Promise<void>
  /** Takes a cut back. False when there was none. */
  lift(link: Link): Promise<boolean>
  /** The first of the links that is cut; null when none is. Asked for on every call. */
  firstCut(lineage: readonly Link[]): Promise<Link | null>
  /** All that is cut, newest first. */
  list(): Promise<readonly { readonly link: Link; readonly at: number }[]>
}
