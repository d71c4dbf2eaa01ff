import type { Verdict } from '../model/decision.ts'
import type { Goal } from '../model/ruleset.ts'
import type { Session } from '../model/session.ts'
import type { AdmittedInput } from './decision-input.ts'
import { loopWindow } from './session-usage.ts'
import { pass, refuse } from './verdict.ts'

/** Why a session is past its time; null when it is not. @param now milliseconds since 1970 */
export function lifetimeProblem(
  { lifetime }: Pick<Goal['limits'], 'lifetime'>,
  { opened }: Pick<Session, 'opened'>,
  now: number,
): string | null {
  return lifetime !== null && now - opened >= lifetime
    ? `the session has lasted the ${lifetime / 60_000} minutes that its goal allows`
    : null
}

/** T4: is this how it should behave? The contract's limits, per-tool rates, and loops of one identical call. */
export function behaviourVerdict({ goal, call, session, usage, now }: AdmittedInput, key: string): Verdict {
  const { limits } = goal
  const outlived = lifetimeProblem(limits, session, now)
  if (outlived !== null) return refuse('T4', 'minutes', outlived)
  if (limits.calls !== null && usage.calls >= limits.calls)
    return refuse('T4', 'calls', `the session has made the ${limits.calls} calls that its goal allows`)
  if (limits.resultBytes !== null && usage.resultBytes >= limits.resultBytes)
    return refuse('T4', 'resultBytes', `the session has read the ${limits.resultBytes} bytes that its goal allows`)
  const rate = limits.rates.get(call.tool)
  if (rate !== undefined && usage.callsWithin(call.tool, rate.within, now) >= rate.calls)
    return refuse(
      'T4',
      'rate',
      `\`${call.tool}\` may be called ${rate.calls} times within ${rate.within / 1000} seconds; wait before the next`,
    )
  const repeats = usage.repeats(key)
  if (repeats >= limits.repeats)
    return refuse('T4', 'loop', `this same call was made ${repeats} times among the last ${loopWindow}; repeating it changes nothing`)
  return pass('T4')
}
