import type { RiskDimension } from '../../model/vocabulary.ts'
import { isActing, isOutside } from './reach.ts'
import type { Reach } from './reach.ts'
import { freeOf, hasFreeTarget } from './score-exposure.ts'
import type { Quadrant } from './quadrants.ts'
import { named } from './score.ts'

/** What a quadrant obliges to, and whether the manifest and the policies meet it. */
export interface Obligation {
  readonly obligation: string
  readonly met: boolean
  /** What meets it, or what is missing. */
  readonly how: string
}

interface Facts {
  readonly reach: Reach
  readonly scores: Readonly<Record<RiskDimension, number>>
  readonly valueDeclared: boolean
}

type Check = (facts: Facts) => Obligation

const continuousAudit: Check = ({ scores }) => ({
  obligation: 'continuous audit: what it does outside is attributed, counted and graded',
  met: scores.monitoring >= 4,
  how: `monitoring is ${scores.monitoring}, 4 is needed`,
})

const containment: Check = ({ reach: { uses } }) => {
  const free = uses.filter((use) => isActing(use) && hasFreeTarget(use))
  return judged(
    'containment: its contracts bound what it acts on',
    free.map(({ tool }) => tool.key),
    'no acting tool has a free argument',
    'have a free argument',
  )
}

const sessionsEnd: Check = ({ reach: { goals } }) =>
  judged(
    'containment: its sessions end by themselves',
    goals.filter(({ limits }) => limits.calls === null || limits.lifetime === null).map(({ name }) => name),
    'each goal limits calls and minutes',
    'do not limit both calls and minutes',
  )

const justified: Check = ({ valueDeclared }) => ({
  obligation: 'its value is declared, with a rationale',
  met: valueDeclared,
  how: valueDeclared ? '`value` is declared' : 'declare `value: { score, rationale }` at the agent',
})

const sandboxed: Check = ({ reach: { uses } }) =>
  judged(
    'sandbox or eliminate: nothing acts outside without a person',
    uses.filter((use) => isOutside(use) && !use.attended).map(({ tool }) => tool.key),
    'a person agrees to each call that acts outside',
    'act outside with no person agreeing (ask for confirmation, or take them out of the contract)',
  )

const noSecrets: Check = ({ reach: { uses } }) =>
  judged(
    'sandbox or eliminate: no secrets, no free commands',
    [...uses.filter(({ tool }) => tool.declaration.labels.includes('secret')), ...freeOf(uses, ['command'])].map(({ tool }) => tool.key),
    'it gets no data labelled `secret` and has no free command',
    'stand against that',
  )

const breaker: Check = ({ reach: { uses } }) =>
  judged(
    'denied calls stop a session',
    uses.filter((use) => isActing(use) && !use.broken).map(({ tool }) => tool.key),
    'a policy counts denied calls',
    'work on however many calls were denied (add a policy on `context.session.denied`)',
  )

const destructiveAttended: Check = ({ reach: { uses } }) =>
  judged(
    'a person agrees to each destructive call',
    uses.filter(({ effect, attended }) => effect === 'destructive' && !attended).map(({ tool }) => tool.key),
    'each destructive tool asks, or there is none',
    'are destructive and ask nobody',
  )

const moreOversight: Check = ({ scores }) => ({
  obligation: 'oversight comes before more autonomy',
  met: scores.oversight >= 4,
  how: `oversight is ${scores.oversight}, 4 is needed before autonomy may grow`,
})

const recorded: Check = () => ({ obligation: 'its calls are recorded', met: true, how: 'each call leaves a receipt' })

const keptStable: Check = ({ scores }) => ({
  obligation: 'strangers and loops do not steer it',
  met: scores.goalStability >= 4,
  how: `goal stability is ${scores.goalStability}, 4 is needed`,
})

const obligationsOf: Readonly<Record<Quadrant, readonly Check[]>> = {
  'safe optimisation': [justified, sessionsEnd],
  'low impact': [sessionsEnd],
  'strategic risk': [justified, continuousAudit, containment, sessionsEnd],
  'high exposure': [sandboxed, noSecrets, sessionsEnd],
  'minimal risk': [recorded],
  'managed risk': [destructiveAttended, keptStable],
  'latent risk': [moreOversight],
  'critical risk': [sandboxed, breaker, sessionsEnd, continuousAudit],
}

/** What the quadrants oblige to, each thing once. */
export function obligationsIn(quadrants: readonly Quadrant[], facts: Facts): readonly Obligation[] {
  return [...new Set(quadrants.flatMap((quadrant) => obligationsOf[quadrant]))].map((check) => check(facts))
}

function judged(obligation: string, against: readonly string[], good: string, bad: string): Obligation {
  return { obligation, met: against.length === 0, how: against.length === 0 ? good : `${bad}: ${named(against)}` }
}
