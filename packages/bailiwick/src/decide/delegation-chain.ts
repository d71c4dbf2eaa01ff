import { isDeepStrictEqual } from 'node:util'
import { partProblem } from '../model/narrowing/part-problem.ts'
import type { ContractPart } from '../model/narrowing/contract-part.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { Delegation, Session } from '../model/session.ts'
import type { Ancestor, DecisionInput } from './decision-input.ts'

const usualDepth = 3

/** How many times the authority of one session may be handed on, from the first delegate to the last. */
export function deepest({ manifest }: Pick<Ruleset, 'manifest'>): number {
  return manifest.delegation?.depth ?? usualDepth
}

/** A session, and those that it was delegated from, outermost first. */
export interface Chain {
  readonly session: Session
  readonly ancestors?: readonly Pick<Ancestor, 'session'>[] | undefined
}

/** A session that was delegated. */
export type DelegatedSession = Session & { readonly delegation: Delegation }

/** The sessions of a chain that were delegated, outermost first. */
export function delegatesOf({ session, ancestors = [] }: Chain): readonly DelegatedSession[] {
  return [...ancestors.map((one) => one.session), session].filter((one): one is DelegatedSession => one.delegation !== undefined)
}

/**
 * Why a session may not act by what was delegated to it: the chain is not whole, somebody in it may not delegate to the next, it is too long, or a link has
 * ended. Null when it may, and for a session that was not delegated.
 */
export function delegationProblem({
  session,
  ancestors = [],
  ruleset,
  now,
}: Chain & Pick<DecisionInput, 'ruleset' | 'now'>): string | null {
  const chain = [...ancestors.map((one) => one.session), session]
  const [root] = chain as [Session]
  if (root.delegation !== undefined) return 'the session that this one was delegated from is not known'
  if (ruleset.agents.get(root.agent)?.delegatedOnly === true) return `the agent \`${root.agent}\` acts by delegation only`
  if (chain.length - 1 > deepest(ruleset)) return `it was handed on ${chain.length - 1} times, and may be ${deepest(ruleset)} times`
  for (const [index, child] of chain.entries()) {
    const parent = chain[index - 1]
    if (parent === undefined) continue
    const problem =
      linkProblem(parent, child, ruleset, now) ?? (repeats(chain, index) ? `\`${child.agent}\` would delegate to itself` : null)
    if (problem !== null) return problem
  }
  return null
}

/** Why a call is outside what was delegated, by the first link of the chain that it is outside of; null when it is inside all of them. */
export function delegatedProblem(input: Pick<DecisionInput, 'call' | 'session' | 'ancestors' | 'ruleset'>): string | null {
  const ground = { params: input.session.params, base: input.ruleset.base }
  for (const { agent, delegation } of delegatesOf(input)) {
    const problem = partProblem(delegation.part, input.call, ground)
    if (problem !== null) return `${problem}; so it was delegated to \`${agent}\``
  }
  return null
}

/** Whether one agent may hand part of its sessions on to another. */
function mayDelegate({ agents }: Pick<Ruleset, 'agents'>, from: string, to: string): boolean {
  return from !== to && agents.get(from)?.delegates?.includes(to) === true
}

function linkProblem(parent: Session, child: Session, ruleset: Ruleset, now: number): string | null {
  const { delegation } = child
  if (delegation === undefined || delegation.parent !== parent.id) return 'the chain of delegations is broken'
  if (child.goal !== parent.goal || child.person !== parent.person || !isDeepStrictEqual(child.params, parent.params))
    return 'person, goal and parameters are not those of the session that it was delegated from'
  if (ruleset.agents.get(parent.agent)?.goals.includes(parent.goal) !== true)
    return `the agent \`${parent.agent}\`, which has delegated, may no longer pursue \`${parent.goal}\``
  if (!mayDelegate(ruleset, parent.agent, child.agent)) return `the agent \`${parent.agent}\` may not delegate to \`${child.agent}\``
  if (parent.state !== 'active') return `the session \`${parent.id}\`, which has delegated, is ${parent.state}`
  return expired(delegation.part, now) ? 'what was delegated has expired' : null
}

function expired({ expires }: ContractPart, now: number): boolean {
  // Written so that what is not a number counts as past.
  return expires !== null && !(now < expires)
}

function repeats(chain: readonly Session[], index: number): boolean {
  const { id, agent } = chain[index] as Session
  return chain.slice(0, index).some((earlier) => earlier.id === id || earlier.agent === agent)
}
