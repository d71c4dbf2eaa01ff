import { withRisk } from '../../assess/risk/assess-agent.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { compileRuleset } from '../../model/compile-ruleset.ts'
import type { RulesetSources } from '../../model/compile-ruleset.ts'
import { loadRuleset, readSources } from '../../model/load-ruleset.ts'
import type { Ruleset } from '../../model/ruleset.ts'

/** The rules that are tried, with the sources that mutants of them are made from. */
export interface Rules {
  readonly sources: RulesetSources
  readonly ruleset: Ruleset
}

/** @throws BailiwickError as `check` finds, or `GOAL_UNKNOWN` for a goal that is not declared */
export function readRules(manifest: string, goals: readonly string[]): Rules {
  const { own } = loadRuleset(manifest)
  const { sources } = readSources(manifest)
  const ruleset = sources === null ? null : compileRuleset(sources).ruleset
  if (sources === null || ruleset === null)
    throw new BailiwickError('RULES_UNREADABLE', 'the rules changed while they were read', { mend: 'run it again' })
  const unknown = goals.find((goal) => !ruleset.goals.has(goal))
  if (unknown !== undefined)
    throw new BailiwickError('GOAL_UNKNOWN', `there is no goal \`${unknown}\``, {
      mend: `the goals are ${[...ruleset.goals.keys()].join(', ')}`,
    })
  return { sources, ruleset: withRisk({ ...ruleset, own }) }
}
