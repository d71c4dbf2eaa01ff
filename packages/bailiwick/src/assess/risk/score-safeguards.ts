import type { AgentHistory } from '../history.ts'
import { freeOf, hasFreeTarget } from './score-exposure.ts'
import { isActing, isOutside } from './reach.ts'
import type { Reach, Use } from './reach.ts'
import { named, scored } from './score.ts'
import type { Finding, Score } from './score.ts'

/** How much people can see and stop. */
export function scoreOversight({ agent, goals, uses }: Reach, history: AgentHistory | null): Score {
  const alone = uses.filter(({ attended }) => !attended)
  const destructive = alone.filter(({ effect }) => effect === 'destructive')
  const external = alone.filter(({ effect }) => effect === 'external')
  const unbounded = goals.filter(({ limits }) => limits.calls === null || limits.lifetime === null)
  const unbroken = uses.filter((use) => isActing(use) && !use.broken)
  const observed = agent.mode === 'observe'
  return scored('oversight', [
    each('destructive', destructive, 'destructive tools: a person agrees to each call, or there is none', 'work without a person'),
    each('external', external, 'external tools: a person agrees to each call, or there is none', 'work without a person'),
    {
      criterion: 'bounded',
      holds: unbounded.length === 0,
      evidence:
        unbounded.length === 0
          ? `calls and minutes are limited in ${named(goals.map(({ name }) => name))}`
          : `${named(unbounded.map(({ name }) => name))} does not limit both calls and minutes`,
    },
    each('breaker', unbroken, 'denied calls end what a session may do', 'work on however many calls were denied'),
    { criterion: 'observed', holds: observed, evidence: 'it is only observed: nothing is stopped' },
    {
      criterion: 'unanswered',
      holds: history !== null && history.questions >= 3 && history.expired * 2 >= history.questions,
      evidence: `${history?.expired ?? 0} of ${history?.questions ?? 0} questions to people expired`,
    },
    {
      criterion: 'hasty',
      holds: history !== null && history.approved >= 3 && history.hasty * 2 >= history.approved,
      evidence: `${history?.hasty ?? 0} of ${history?.approved ?? 0} approvals came within three seconds`,
    },
  ])
}

/** How well an agent keeps to its goal. */
export function scoreGoalStability({ agent, goals, uses }: Reach, history: AgentHistory | null): Score {
  const acting = uses.filter(isActing)
  const untrusted = uses.filter(({ tool }) => tool.declaration.labels.includes('untrusted'))
  const open = untrusted.length === 0 ? [] : acting.filter((use) => isOutside(use) && !use.guarded && !use.attended)
  const loose = goals.filter(({ limits }) => limits.repeats > 3)
  const withheld = [...(history?.withheld ?? [])].filter((key) => uses.some(({ tool }) => tool.key === key))
  return scored('goalStability', [
    each('framed', acting.filter(hasFreeTarget), 'its contracts bound what its acting tools act on', 'have a free argument'),
    each(
      'guarded',
      open,
      untrusted.length === 0 ? 'it reads nothing labelled `untrusted`' : 'what it read from strangers cannot make it act outside alone',
      `work without a person after \`untrusted\` data was read with ${named(untrusted.map(({ tool }) => tool.key))}`,
    ),
    each('fixed', freeOf(acting, ['path', 'command']), 'it can write to no path of its own choice', 'take any path or command'),
    {
      criterion: 'loops',
      holds: loose.length === 0,
      evidence:
        loose.length === 0
          ? 'repeated calls stop at three'
          : `${named(loose.map(({ name }) => name))} lets a call be repeated ${Math.max(...loose.map(({ limits }) => limits.repeats))} times`,
    },
    { criterion: 'observed', holds: agent.mode === 'observe', evidence: 'it is only observed: its contract is not enforced' },
    {
      criterion: 'strayed',
      holds: history !== null && history.calls >= 10 && history.beyond * 10 >= history.calls,
      evidence: `${history?.beyond ?? 0} of ${history?.calls ?? 0} calls went beyond its contract`,
    },
    { criterion: 'changed', holds: withheld.length > 0, evidence: `${named(withheld)} withheld: no longer as pinned` },
  ])
}

/** Whether what an agent does is noticed. */
export function scoreMonitoring({ agent, uses }: Reach, history: AgentHistory | null): Score {
  const outside = uses.filter(isOutside)
  const missing = [...(agent.model === undefined ? ['model'] : []), ...(agent.version === undefined ? ['version'] : [])]
  return scored('monitoring', [
    { criterion: 'recorded', holds: true, evidence: 'each call leaves a receipt in the ledger' },
    {
      criterion: 'attributed',
      holds: missing.length === 0,
      evidence: missing.length === 0 ? `model \`${agent.model}\`, version \`${agent.version}\`` : `${named(missing)} not declared`,
    },
    each(
      'watched',
      outside.filter(({ counted }) => !counted),
      'calls that act outside are counted',
      'are counted by no rate and no fact',
    ),
    each(
      'graded',
      outside.filter(({ graded }) => !graded),
      'policies on what acts outside have a severity',
      'have no policy with a severity',
    ),
    { criterion: 'lost', holds: (history?.unknown ?? 0) > 0, evidence: `what came of ${history?.unknown ?? 0} calls is unknown` },
  ])
}

/** Something that holds when no use stands against it. */
function each(criterion: string, against: readonly Use[], good: string, bad: string): Finding {
  const holds = against.length === 0
  return { criterion, holds, evidence: holds ? good : `${bad}: ${named(against.map(({ tool }) => tool.key))}` }
}
