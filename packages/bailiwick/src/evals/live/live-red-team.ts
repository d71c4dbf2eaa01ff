import type { Target } from '../attacks/attack.ts'
import type { Lab } from '../lab/lab.ts'
import type { Finding } from '../redteam/finding.ts'
import { caseFor } from '../redteam/red-team.ts'
import type { Places } from '../redteam/place-of-rule.ts'
import type { LiveArena } from './live-arena.ts'
import { liveAttacks } from './live-attacks.ts'

export interface LiveReport {
  readonly tried: number
  readonly findings: readonly Finding[]
  readonly cutShort: boolean
}

/** Tries what needs a real session, token and approval for each target. */
export async function liveRedTeam(
  arena: LiveArena,
  lab: Lab,
  targets: readonly Target[],
  places: Places,
  overtime: () => boolean,
): Promise<LiveReport> {
  const findings: Finding[] = []
  let tried = 0
  for (const target of targets) {
    if (overtime()) return { tried, findings, cutShort: true }
    // An agent that is only observed is let through by design; its first tier is held all the same, and tried in memory.
    if (lab.ruleset.agents.get(target.agent)?.mode === 'observe') continue
    for await (const { kind, trick, tool, arguments: args, denial } of liveAttacks(arena, lab, target)) {
      tried += 1
      if (denial !== null) continue
      findings.push({
        rule: kind === 'unconfirmed' ? 'confirm' : kind === 'tool-poisoning' ? 'pin' : 'identity',
        kind,
        severity: 'blocking',
        trick,
        message: `${trick} reaches its tool`,
        mend: 'the engine does not hold what it promises here: report it, it is a defect of Bailiwick',
        case: caseFor(target, { kind, trick, steps: [{ call: tool, with: args }] }),
        answer: { response: 'allow', tier: 'T3', rule: '' },
        place: places.ofTool(target.goal.name, tool),
        count: 1,
      })
    }
  }
  return { tried, findings, cutShort: false }
}
