import type { Link } from '../model/lineage.ts'

/** What revocations ask of a store, which every process of an installation shares. */
export interface RevocationStore {
  /** Cuts a link. False when it was cut already. */
  cut(link: Link, at: number): Promise<boolean>
  /** Takes a cut back. False when there was none. */
  lift(link: Link): Promise<boolean>
  /** The first of the links that is cut; null when none is. Asked for on every call. */
  firstCut(lineage: readonly Link[]): Promise<Link | null>
  /** All that is cut, newest first. */
  list(): Promise<readonly { readonly link: Link; readonly at: number }[]>
}
