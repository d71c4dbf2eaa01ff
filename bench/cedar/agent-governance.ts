import { ConflictResolutionStrategy, PolicyEngine } from '@microsoft/agent-governance-sdk'
import type { Case, Condition, Rule } from './rules.ts'
import type { Subject } from './subject.ts'

/** The policy engine of Microsoft's Agent Governance Toolkit, with one policy of many rules; any deny overrides, as in Cedar. */
export const agentGovernance: Subject = {
  name: 'agent-governance-sdk',
  cannot: (one) => cannot(one),
  load: async ({ rules }) => {
    const engine = new PolicyEngine([], ConflictResolutionStrategy.DenyOverrides)
    engine.loadJson(JSON.stringify({ name: 'bench', default_action: 'deny', rules: rules.map(ruleOf) }))
    return ({ principal, action, resource, input }) => {
      const context = { action, resource, input }
      const decide = () => engine.evaluatePolicy(principal, context)
      return { decide, verdict: () => ({ allowed: decide().allowed, reasons: null }) }
    }
  },
}

function cannot({ rules }: Case): string | null {
  if (rules.some((rule) => rule.condition.kind === 'like')) return 'its conditions have no patterns; such a one counts as false'
  if (rules.some((rule) => rule.team !== null || rule.condition.kind === 'team')) return 'it knows no hierarchy'
  return null
}

function ruleOf({ id, action, resource, condition }: Rule): object {
  const head = [
    ...(action === null ? [] : [`action == '${action}'`]),
    ...(resource === null ? [] : [`resource == '${resource}'`]),
    conditionOf(condition),
  ]
  return { name: id, condition: head.join(' and '), ruleAction: 'allow' }
}

function conditionOf(condition: Condition): string {
  switch (condition.kind) {
    case 'arguments':
      return `input.limit <= ${condition.limit} and input.dry == true`
    case 'set':
      return `input.state in [${condition.states.map((state) => `'${state}'`).join(', ')}]`
    default:
      throw new Error(`no form for a condition on ${condition.kind}`)
  }
}
