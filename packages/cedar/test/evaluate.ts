import { compile, Entities } from '../src/index.ts'
import type { CedarValue, Entity } from '../src/index.ts'
import { ours, theirs } from './oracle.ts'

const someone = { type: 'User', id: 'ada' }
const request = { principal: someone, action: { type: 'Action', id: 'read' }, resource: { type: 'Doc', id: 'd' } }

/** What a condition comes to, by this package: true, false, or the message of its error. */
export function outcome(condition: string, context: Record<string, CedarValue> = {}, entities: readonly Entity[] = []): boolean | string {
  const answer = compile({ p: `permit (principal, action, resource) when { ${condition} };` }).authorize(
    { ...request, context },
    new Entities(entities),
  )
  return answer.errors[0]?.message ?? answer.decision === 'allow'
}

/** The same for several, having made sure that the official build comes to the same. Errors are given as 'error'. */
export function agreed(
  conditions: readonly string[],
  context: Record<string, CedarValue> = {},
  entities: readonly Entity[] = [],
): Record<string, boolean | 'error' | 'refused'> {
  return Object.fromEntries(
    conditions.map((condition) => {
      const question = {
        policies: { p: `permit (principal, action, resource) when { ${condition} };` },
        entities,
        requests: [{ ...request, context }],
      }
      const [mine, official] = [ours(question)[0], theirs(question)[0]]
      if (JSON.stringify(mine) !== JSON.stringify(official))
        throw new Error(`\`${condition}\`: ${JSON.stringify(mine)}, but the official build says ${JSON.stringify(official)}`)
      if (mine === undefined || mine === 'refused') return [condition, 'refused']
      return [condition, mine.errors.length > 0 ? 'error' : mine.decision === 'allow']
    }),
  )
}
