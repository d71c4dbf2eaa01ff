import pc from 'picocolors'
import { attackKinds } from '../../evals/attacks/attack.ts'
import type { AttackKind } from '../../evals/attacks/attack.ts'
import type { GoalReport, KindTally } from '../../evals/redteam/red-team.ts'
import { tiers } from '../../model/vocabulary.ts'
import { safe, table } from '../output.ts'

/** What was tried against a goal and what came of it, and beside it what the honest task came to. */
export function goalText({ agent, goal, attacks, honest }: GoalReport): string {
  const rows = (Object.keys(attackKinds) as AttackKind[]).flatMap((kind) => {
    const tally = attacks[kind]
    return tally === undefined ? [] : [row(kind, tally)]
  })
  const all = Object.values(attacks).reduce((sum, tally) => sum + tally.tried, 0)
  const passed = Object.values(attacks).reduce((sum, tally) => sum + tally.passed, 0)
  const stopped = all === 0 ? 'no attack applies' : `${all - passed} of ${all} attacks stopped or put before a person`
  const denied = honest.denied.map(({ tool, rule, reason }) => `\n  denied: ${safe(tool)} by ${safe(rule)}: ${safe(reason)}`).join('')
  const unknown = honest.underivable.length === 0 ? '' : `\n  no honest arguments can be derived for ${safe(honest.underivable.join(', '))}`
  return [
    pc.bold(safe(`${agent} towards ${goal}`)),
    table(['attack', 'tried', ...tiers, 'asked', 'passed'], rows),
    `${passed === 0 ? pc.green(stopped) : pc.red(stopped)} · honest task: ${honest.unaided} of ${honest.calls} calls unaided, ${honest.asked} with a person, ${honest.denied.length} denied${denied}${unknown}`,
  ].join('\n')
}

function row(kind: AttackKind, { tried, stopped, asked, passed }: KindTally): string[] {
  const count = (value: number): string => (value === 0 ? '-' : String(value))
  return [kind, String(tried), ...tiers.map((tier) => count(stopped[tier])), count(asked), passed === 0 ? '-' : pc.red(String(passed))]
}
