import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import type { StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm/nodejs'
import { requestOf } from './bailiwick.ts'
import { cedarText, entitiesOf } from './rules.ts'
import type { Subject } from './subject.ts'

/** The official build, stateful and with policies parsed beforehand. Entities it takes with every request. */
export const cedarWasm: Subject = {
  name: 'cedar-wasm',
  cannot: () => null,
  load: async ({ rules, depth }) => {
    const preparsedPolicySetId = globalThis.crypto.randomUUID()
    const parsed = preparsePolicySet(preparsedPolicySetId, {
      staticPolicies: Object.fromEntries(rules.map((rule) => [rule.id, cedarText(rule)])),
    })
    if (parsed.type === 'failure') throw new Error(parsed.errors[0]?.message)
    const entities = entitiesOf(depth)
    return (ask) => {
      const call = { ...requestOf(ask), entities, preparsedPolicySetId } as unknown as StatefulAuthorizationCall
      return {
        decide: () => statefulIsAuthorized(call),
        verdict: () => {
          const answer = statefulIsAuthorized(call)
          if (answer.type === 'failure') throw new Error(answer.errors[0]?.message)
          return { allowed: answer.response.decision === 'allow', reasons: answer.response.diagnostics.reason }
        },
      }
    }
  },
}
