import { Entities } from './entities/entities.ts'
import { Evaluation } from './expression/evaluation.ts'
import { isPlainObject } from './read/plain-object.ts'
import { readUid } from './read/read-uid.ts'
import { readRecord, readValue } from './read/read-value.ts'
import { Refusal, refusing, toCedarError } from './read/refusal.ts'
import type { Answer, Entity, PolicyFault, Request } from './request.ts'
import type { Rule } from './rule.ts'
import { readRequestContext } from './schema/read-request.ts'
import type { Schema } from './schema/schema.ts'
import type { ScopeIndex } from './scope/scope-index.ts'
import { EntityRef } from './value/entity-ref.ts'
import { Fault } from './value/fault.ts'
import type { CedarRecord } from './value/value.ts'

/** What {@link compile} makes a policy set of. */
export interface PolicySetParts {
  /** In the order in which they were given. */
  readonly rules: readonly Rule[]
  readonly index: ScopeIndex<Rule>
  readonly annotations: ReadonlyMap<string, Readonly<Record<string, string>>>
  readonly schema: Schema | null
  readonly validateRequests: boolean
}

/** A compiled policy set. Made by {@link compile}; holds no mutable state. */
export class PolicySet {
  readonly #parts: PolicySetParts

  /** @internal */
  constructor(parts: PolicySetParts) {
    this.#parts = parts
  }

  /** Ids of all policies, and after them of all links, in the order in which they were given. */
  get ids(): readonly string[] {
    return this.#parts.rules.map((rule) => rule.id)
  }

  /** The annotations of a policy, or of a link's template; an empty record for an id that is not in the set. */
  annotations(id: string): Readonly<Record<string, string>> {
    return this.#parts.annotations.get(id) ?? {}
  }

  /**
   * Decides a request by Cedar's semantics: denied unless a permit applies and no forbid does; a policy whose evaluation errors is skipped and reported in `errors`.
   * @throws CedarError when the request or the entities cannot be read, or do not fit the schema that the set was compiled with.
   */
  authorize(request: Request, entities: readonly Entity[] | Entities): Answer {
    const evaluation = this.#read(request, entities)
    const permits: Rule[] = []
    const forbids: Rule[] = []
    const faults: { rule: Rule; message: string }[] = []
    const lists = this.#parts.index.matching(evaluation)
    const seen = new Set<Rule>()
    for (const list of lists)
      for (const rule of list) {
        if (rule.isFoundOften && lists.length > 1) {
          if (seen.has(rule)) continue
          seen.add(rule)
        }
        try {
          if (rule.holds(evaluation)) (rule.effect === 'permit' ? permits : forbids).push(rule)
        } catch (thrown) {
          if (!(thrown instanceof Fault)) throw thrown
          faults.push({ rule, message: thrown.message })
        }
      }
    const determining = forbids.length > 0 ? forbids : permits
    if (lists.length > 1) {
      determining.sort((a, b) => a.position - b.position)
      faults.sort((a, b) => a.rule.position - b.rule.position)
    }
    return {
      decision: forbids.length === 0 && permits.length > 0 ? 'allow' : 'deny',
      reasons: determining.map((rule) => rule.id),
      errors: faults.map(({ rule, message }): PolicyFault => ({ policy: rule.id, message })),
    }
  }

  #read(request: Request, entities: readonly Entity[] | Entities): Evaluation {
    const { schema, validateRequests } = this.#parts
    const checked = validateRequests ? schema : null
    const principal = readVariable('principal', request.principal)
    const action = readVariable('action', request.action)
    const resource = readVariable('resource', request.resource)
    const context =
      checked === null ? readContext(request.context) : readRequestContext(checked, principal, action, resource, request.context)
    const given = entities instanceof Entities ? entities : new Entities(entities, checked === null ? {} : { schema: checked })
    return new Evaluation(principal, action, resource, context, given.table, schema?.actionNodes ?? null)
  }
}

function readVariable(name: string, json: unknown): EntityRef {
  try {
    return readUid(json)
  } catch (thrown) {
    throw toCedarError(`the request's ${name}`, thrown)
  }
}

function readContext(json: unknown): CedarRecord {
  return refusing('the context', () => {
    if (!isPlainObject(json)) throw new Refusal('expected an object')
    // Cedar would take such an object for an entity or an extension value, and then refuse it.
    if (('__entity' in json || '__extn' in json || '__expr' in json) && !(readValue(json) instanceof Map))
      throw new Refusal('expected a record')
    return readRecord(json)
  })
}
