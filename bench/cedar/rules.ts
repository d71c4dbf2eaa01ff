import type { Entity, EntityUid } from '@bailiwick/cedar'

/** One permission in no engine's language. `null` in its head means any. */
export interface Rule {
  readonly id: string
  readonly action: string | null
  readonly resource: string | null
  /** The principal must be in this team. */
  readonly team: string | null
  readonly condition: Condition
}

export type Condition =
  | { readonly kind: 'arguments'; readonly limit: number }
  | { readonly kind: 'set'; readonly states: readonly string[] }
  /** `*` stands for any text, `/` included. */
  | { readonly kind: 'like'; readonly pattern: string; readonly otherThan: number }
  | { readonly kind: 'team'; readonly team: string; readonly level: number }

/** What is asked. */
export interface Ask {
  readonly principal: 'ada' | 'bob'
  readonly action: string
  readonly resource: string
  readonly input: { readonly limit: number; readonly dry: boolean; readonly state: string; readonly path: string }
}

/** A set of rules, what the principal is in, and how it is asked. */
export interface Case {
  readonly name: string
  readonly rules: readonly Rule[]
  /** Ada is in `t0`, `t0` in `t1`, and so on: so many teams. */
  readonly depth: number
  readonly asks: readonly Ask[]
}

type MakeRule = (index: number) => Omit<Rule, 'id'>

const anything = { action: null, resource: null, team: null }

/** How the heads of many rules relate to one request. */
const shapes: Readonly<Record<string, MakeRule>> = {
  'one action concerned': (index) => ({ ...anything, action: `act${index}`, condition: argumentsOrSet(index) }),
  'one resource concerned': (index) => ({
    ...anything,
    resource: `d${index}`,
    team: `t${index % 6}`,
    condition: argumentsOrSet(index),
  }),
  'all apply': (index) => ({ ...anything, condition: argumentsOrSet(index) }),
}

/** What the conditions of many rules that all apply look at. */
const conditions: Readonly<Record<string, (index: number) => Condition>> = {
  arguments: onArguments,
  sets: onSet,
  like: onPath,
  'all kinds': (index) => ([onArguments, onSet, onPath, onTeam][index % 4] as (index: number) => Condition)(index),
}

export const sizes = [10, 100, 1000, 10_000] as const

/** The case of a shape; every rule asks about arguments or a set, which each of the engines can express. */
export function shapeCase(shape: string, count: number): Case {
  return caseOf(`${shape}, ${count} policies`, shapes[shape] as MakeRule, count, 6)
}

export function cases(): Case[] {
  return [
    ...Object.keys(shapes).flatMap((shape) => sizes.map((count) => shapeCase(shape, count))),
    ...Object.entries(conditions).map(([name, condition]) =>
      caseOf(`1000 conditions on ${name}`, (index) => ({ ...anything, condition: condition(index) }), 1000, 6),
    ),
    ...[1, 2, 3, 4, 5, 6].map((depth) => {
      const condition: Condition = { kind: 'team', team: `t${depth - 1}`, level: 1 }
      return caseOf(`one condition on a hierarchy ${depth} deep`, () => ({ ...anything, condition }), 1, depth)
    }),
  ]
}

/** Requests of which some are denied by each of the conditions, to compare answers by. */
export function checks({ rules, asks }: Case): Ask[] {
  const some = asks.slice(0, rules.length > 1000 ? 2 : 6)
  const refused = { limit: 10_000_000, state: 'lost', path: '/etc/passwd' }
  return some.flatMap((ask) => [
    ask,
    { ...ask, input: { ...ask.input, limit: refused.limit } },
    { ...ask, input: { ...ask.input, dry: false } },
    { ...ask, input: { ...ask.input, state: refused.state } },
    { ...ask, input: { ...ask.input, path: refused.path } },
    { ...ask, principal: 'bob' },
    { ...ask, principal: 'bob', input: { ...ask.input, ...refused } },
    { ...ask, action: 'none', resource: 'none' },
  ])
}

/** Teams as pairs of member and group. */
export function memberships(depth: number): [member: string, team: string][] {
  return Array.from({ length: depth }, (_, level) => [level === 0 ? 'ada' : `t${level - 1}`, `t${level}`])
}

export const people = { ada: { level: 3, suspended: false }, bob: { level: 3, suspended: false } } as const

/** The people and teams as Cedar's entities. */
export function entitiesOf(depth: number): Entity[] {
  const uid = (id: string): EntityUid => ({ type: id.startsWith('t') ? 'Team' : 'User', id })
  const pairs = memberships(depth)
  return ['ada', 'bob', ...pairs.map(([, team]) => team)].map((id) => ({
    uid: uid(id),
    attrs: id === 'ada' || id === 'bob' ? people[id] : {},
    parents: pairs.filter(([member]) => member === id).map(([, team]) => uid(team)),
  }))
}

/** The rule in Cedar. */
export function cedarText({ action, resource, team, condition }: Rule): string {
  const principal = team === null ? 'principal' : `principal in Team::"${team}"`
  const head = `${principal}, action${action === null ? '' : ` == Action::"${action}"`}, resource${resource === null ? '' : ` == Doc::"${resource}"`}`
  return `permit (${head}) when { ${cedarCondition(condition)} };`
}

function cedarCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'arguments':
      return `context.input.limit <= ${condition.limit} && context.input.dry`
    case 'set':
      return `[${condition.states.map((state) => `"${state}"`).join(', ')}].contains(context.input.state)`
    case 'like':
      return `context.input.path like "${condition.pattern}" && context.input.limit != ${condition.otherThan}`
    case 'team':
      return `principal in Team::"${condition.team}" && principal.level >= ${condition.level} && !principal.suspended`
  }
}

function caseOf(name: string, rule: MakeRule, count: number, depth: number): Case {
  const rules = Array.from({ length: count }, (_, index) => ({ id: `p${index}`, ...rule(index) }))
  const asks = Array.from({ length: 64 }, (_, index): Ask => {
    const number = (index * 7919) % count
    const input = { limit: 10, dry: true, state: 'draft', path: '/srv/sales/report-2026.csv' }
    return { principal: 'ada', action: `act${number}`, resource: `d${number}`, input }
  })
  return { name, rules, depth, asks }
}

function argumentsOrSet(index: number): Condition {
  return index % 2 === 0 ? onArguments(index) : onSet(index)
}

function onArguments(index: number): Condition {
  return { kind: 'arguments', limit: 1000 + index }
}

function onSet(index: number): Condition {
  return { kind: 'set', states: ['draft', 'final', `s${index}`] }
}

function onPath(index: number): Condition {
  return { kind: 'like', pattern: '/srv/*/report-*.csv', otherThan: 100_000 + index }
}

function onTeam(index: number): Condition {
  return { kind: 'team', team: `t${index % 6}`, level: index % 3 }
}
