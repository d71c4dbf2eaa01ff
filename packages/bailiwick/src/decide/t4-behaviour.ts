import type { Verdict } from '../model/decision.ts'
import type { Goal } from '../model/ruleset.ts'
import type { Session } from '../model/session.ts'
import type { AdmittedInput, Ancestor, DecisionInput } from './decision-input.ts'
import type { Chain } from './delegation-chain.ts'
import { loopWindow } from './session-usage.ts'
import { pass, refuse } from './verdict.ts'

/** What limits a session: its goal, or the part that was delegated to it. */
interface Limited {
  readonly calls: number | null
  readonly resultBytes: number | null
  readonly lifetime: number | null
  readonly repeats: number | null
  readonly rate: (tool: string) => { readonly calls: number; readonly within: number } | undefined
}

/** Why a session is past its time, or one is that it was delegated from; null when none is. @param now milliseconds since 1970 */
export function lifetimeProblem(limits: Pick<Goal['limits'], 'lifetime'>, { session, ancestors = [] }: Chain, now: number): string | null {
  for (const [index, one] of [...ancestors.map((ancestor) => ancestor.session), session].entries()) {
    const problem = index === 0 ? outlived(limits, one, now, 'its goal allows') : outlived(delegatedLimits(one), one, now, 'were delegated')
    if (problem !== null) return problem
  }
  return null
}

function outlived({ lifetime }: { readonly lifetime: number | null }, { opened }: Session, now: number, by: string): string | null {
  return lifetime !== null && now - opened >= lifetime ? `the session has lasted the ${lifetime / 60_000} minutes that ${by}` : null
}

/**
 * T4: is this how it should behave? The contract's limits, per-tool rates, and loops of one identical call. What a delegate uses up is used up of every
 * session that it was delegated from, each of which keeps to its own limits.
 */
export function behaviourVerdict(input: AdmittedInput, key: string): Verdict {
  const { goal, session, usage, ancestors = [] } = input
  const past = lifetimeProblem(goal.limits, input, input.now)
  if (past !== null) return refuse('T4', 'minutes', past)
  const ofGoal: Limited = { ...goal.limits, rate: (tool) => goal.limits.rates.get(tool) }
  for (const [index, one] of [...ancestors, { session, usage }].entries()) {
    const problem =
      index === 0
        ? usedUp(ofGoal, one, input, key, 'its goal allows')
        : usedUp(delegatedLimits(one.session), one, input, key, 'were delegated')
    if (problem !== null) return problem
  }
  return pass('T4')
}

/** Of a session that nothing was delegated to, which T0 has refused, nothing is left. */
function delegatedLimits({ delegation }: Session): Limited {
  if (delegation === undefined) return { calls: 0, resultBytes: 0, lifetime: 0, repeats: 0, rate: () => undefined }
  const { rates, ...limits } = delegation.part.limits
  return { ...limits, rate: (tool) => (Object.hasOwn(rates, tool) ? rates[tool] : undefined) }
}

function usedUp(
  limits: Limited,
  { usage }: Ancestor,
  { call, now }: Pick<DecisionInput, 'call' | 'now'>,
  key: string,
  by: string,
): Verdict | null {
  if (limits.calls !== null && usage.calls >= limits.calls)
    return refuse('T4', 'calls', `the session has made the ${limits.calls} calls that ${by}`)
  if (limits.resultBytes !== null && usage.resultBytes >= limits.resultBytes)
    return refuse('T4', 'resultBytes', `the session has read the ${limits.resultBytes} bytes that ${by}`)
  const rate = limits.rate(call.tool)
  if (rate !== undefined && usage.callsWithin(call.tool, rate.within, now) >= rate.calls)
    return refuse(
      'T4',
      'rate',
      `\`${call.tool}\` may be called ${rate.calls} times within ${rate.within / 1000} seconds; wait before the next`,
    )
  const repeats = usage.repeats(key)
  if (limits.repeats !== null && repeats >= limits.repeats)
    return refuse('T4', 'loop', `this same call was made ${repeats} times among the last ${loopWindow}; repeating it changes nothing`)
  return null
}
