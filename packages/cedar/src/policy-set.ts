import { statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import { CedarError } from './cedar-error.ts'
import { toFinding } from './findings.ts'
import type { Answer, Entity, Request } from './request.ts'

/** A compiled policy set. Made by {@link compile}; holds no mutable state. */
export class PolicySet {
  readonly #handle: string
  readonly #schema: string | null
  readonly #annotations: ReadonlyMap<string, Readonly<Record<string, string>>>

  /** @internal */
  constructor(handle: string, schema: string | null, annotations: ReadonlyMap<string, Readonly<Record<string, string>>>) {
    this.#handle = handle
    this.#schema = schema
    this.#annotations = annotations
  }

  /** Ids of all policies, in the order in which they were given. */
  get ids(): readonly string[] {
    return [...this.#annotations.keys()]
  }

  /** The annotations of a policy; an empty record for an id that is not in the set. */
  annotations(id: string): Readonly<Record<string, string>> {
    return this.#annotations.get(id) ?? {}
  }

  /**
   * Decides a request by Cedar's semantics: denied unless a permit applies and no forbid does; a policy whose evaluation errors is skipped and reported in `errors`.
   * @throws CedarError when the request or the entities cannot be read, or do not fit the schema that the set was compiled with.
   */
  authorize(request: Request, entities: readonly Entity[]): Answer {
    const answer = statefulIsAuthorized({
      principal: request.principal,
      action: request.action,
      resource: request.resource,
      // The wasm build's types ask for mutable arrays; it only reads them.
      context: request.context as never,
      entities: entities as never,
      preparsedPolicySetId: this.#handle,
      ...(this.#schema === null ? {} : { preparsedSchemaName: this.#schema, validateRequest: true }),
    })
    if (answer.type === 'failure') throw new CedarError(answer.errors.map((error) => toFinding(error, null, null)))
    const { decision, diagnostics } = answer.response
    return {
      decision,
      // The wasm build gives both in the order of a hash table, which is another for each request.
      reasons: diagnostics.reason.toSorted(),
      errors: diagnostics.errors
        .map((fault) => ({ policy: fault.policyId, message: fault.error.message }))
        .toSorted((a, b) => (a.policy < b.policy ? -1 : 1)),
    }
  }
}
