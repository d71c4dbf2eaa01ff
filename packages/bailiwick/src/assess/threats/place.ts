import { posix } from 'node:path'
import type { RulesetSources } from '../../model/compile-ruleset.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { YamlPath } from '../../model/yaml-source.ts'
import type { TriedStep } from './try-steps.ts'

/** A line of a file, as findings name it. Counts from 1. */
export interface Place {
  readonly file: string
  readonly line: number
}

export interface Places {
  /** Where a contract names a tool; the goal where it does not. */
  readonly contract: (goal: string, tool: string) => Place
  /** Where the rule that answered a step stands; null for one that no file states. */
  readonly rule: (ruleset: Ruleset, step: TriedStep) => Place | null
}

export function placesIn({ yaml }: RulesetSources): Places {
  const at = (path: YamlPath): Place => ({ file: yaml.file, line: yaml.lineAndColumn(path, 'key').line })
  const contract = (goal: string, tool: string): Place => at(['goals', goal, 'tools', tool])
  return {
    contract,
    rule: (ruleset, { rule, tier, goal, tool }) => {
      const stated = /^(.*):(\d+)$/.exec(ruleset.policyRules.get(rule)?.place ?? '')
      if (stated !== null) return { file: posix.join(posix.dirname(yaml.file), stated[1] as string), line: Number(stated[2]) }
      if (rule === 'T3.confirm') return at(['goals', goal, 'confirm'])
      if (tier === 'T4') return at(['goals', goal, 'limits'])
      if (rule === 'T1.pin') return at(['toolboxes', tool.slice(0, tool.indexOf('.')), 'tools', tool.slice(tool.indexOf('.') + 1)])
      return rule === 'T1.frame' || rule === 'T1.contract' ? contract(goal, tool) : null
    },
  }
}
