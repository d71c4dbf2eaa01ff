import { compile, Entities } from '@bailiwick/cedar'
import type { Request } from '@bailiwick/cedar'
import { cedarText, entitiesOf } from './rules.ts'
import type { Ask } from './rules.ts'
import type { Subject } from './subject.ts'

export const bailiwick: Subject = {
  name: 'bailiwick',
  cannot: () => null,
  load: async ({ rules, depth }) => {
    const set = compile(Object.fromEntries(rules.map((rule) => [rule.id, cedarText(rule)])))
    const entities = new Entities(entitiesOf(depth))
    return (ask) => {
      const request = requestOf(ask)
      const decide = () => set.authorize(request, entities)
      return { decide, verdict: () => ({ allowed: decide().decision === 'allow', reasons: decide().reasons }) }
    }
  },
}

export function requestOf({ principal, action, resource, input }: Ask): Request {
  return {
    principal: { type: 'User', id: principal },
    action: { type: 'Action', id: action },
    resource: { type: 'Doc', id: resource },
    context: { input, minute: 7 },
  }
}
