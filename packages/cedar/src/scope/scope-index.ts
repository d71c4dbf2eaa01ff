import type { Evaluation } from '../expression/evaluation.ts'
import { ConstraintIndex } from './constraint-index.ts'
import type { Scope } from './scope.ts'

type ByResource<T> = ConstraintIndex<T[]>
type ByPrincipal<T> = ConstraintIndex<ByResource<T>>

/** Things kept by a policy's head: first by action, then by principal, then by resource. */
export class ScopeIndex<T> {
  readonly #byAction = new ConstraintIndex<ByPrincipal<T>>()

  add(scope: Scope, one: T): void {
    for (const byPrincipal of this.#byAction.places(scope.action, () => new ConstraintIndex()))
      for (const byResource of byPrincipal.places(scope.principal, () => new ConstraintIndex()))
        for (const list of byResource.places(scope.resource, () => [])) list.push(one)
  }

  /**
   * The lists of what was added under heads that the request satisfies, each list in the order of adding. One thing can
   * be in several lists when the request's action is in several of the actions that its head names.
   */
  matching(request: Evaluation): readonly (readonly T[])[] {
    const { principal, action, resource } = request
    const byPrincipal: ByPrincipal<T>[] = []
    this.#byAction.collect(action, this.#byAction.hasGroups ? request.ancestorsOf(action).refs : [], byPrincipal)
    const byResource: ByResource<T>[] = []
    for (const index of byPrincipal) index.collect(principal, index.hasGroups ? request.ancestorsOf(principal).refs : [], byResource)
    const lists: T[][] = []
    for (const index of byResource) index.collect(resource, index.hasGroups ? request.ancestorsOf(resource).refs : [], lists)
    return lists
  }
}
