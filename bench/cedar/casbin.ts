import { newEnforcer, newModel } from 'casbin'
import { memberships, people } from './rules.ts'
import type { Condition, Rule } from './rules.ts'
import type { Subject } from './subject.ts'

/**
 * A condition of each rule's own goes through `eval`; any deny overrides, as in Cedar. What is cheapest to compare
 * comes first. A blank before a bracket would make casbin take the bracket for a list.
 */
const model = `
[request_definition]
r = sub, act, obj, input
[policy_definition]
p = sub, act, obj, cond, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = (p.act == '*' || r.act == p.act)&&(p.obj == '*' || r.obj == p.obj)&&(p.sub == '*' || g(r.sub.id, p.sub))&&eval(p.cond)
`

/** node-casbin, asked synchronously. */
export const casbin: Subject = {
  name: 'casbin',
  cannot: () => null,
  load: async ({ rules, depth }) => {
    const enforcer = await newEnforcer(newModel(model))
    // Equal policies are refused, so what tells rules apart is part of each.
    await enforcer.addPolicies(rules.map(policyOf))
    await enforcer.addGroupingPolicies(memberships(depth))
    return ({ principal, action, resource, input }) => {
      const person = { id: principal, ...people[principal] }
      const decide = () => enforcer.enforceSync(person, action, resource, input)
      return { decide, verdict: () => ({ allowed: decide(), reasons: null }) }
    }
  },
}

function policyOf({ team, action, resource, condition }: Rule): string[] {
  return [team ?? '*', action ?? '*', resource ?? '*', conditionOf(condition), 'allow']
}

function conditionOf(condition: Condition): string {
  switch (condition.kind) {
    case 'arguments':
      return `r.input.limit <= ${condition.limit} && r.input.dry`
    case 'set':
      return `r.input.state in [${condition.states.map((state) => `'${state}'`).join(', ')}]`
    case 'like':
      // casbin puts the condition into the matcher with `String.replace`, which makes one `$` of two.
      return `regexMatch(r.input.path, '^${condition.pattern.replaceAll('.', '[.]').replaceAll('*', '.*')}$$') && r.input.limit != ${condition.otherThan}`
    case 'team':
      return `g(r.sub.id, '${condition.team}') && r.sub.level >= ${condition.level} && !r.sub.suspended`
  }
}
