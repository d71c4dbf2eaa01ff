import type { Session } from '../../model/session.ts'

/** Sessions in their order, each with those that were delegated from it after it. Those whose parent is not among them stand for themselves. */
export function sessionTree(sessions: readonly Session[]): readonly { readonly session: Session; readonly depth: number }[] {
  const ids = new Set(sessions.map(({ id }) => id))
  const below = Map.groupBy(sessions, ({ delegation }) =>
    delegation !== undefined && ids.has(delegation.parent) ? delegation.parent : null,
  )
  const branch = (parent: string | null, depth: number): { session: Session; depth: number }[] =>
    (below.get(parent) ?? []).flatMap((session) => [{ session, depth }, ...branch(session.id, depth + 1)])
  return branch(null, 0)
}
