import { toolsOfInvariant } from '../../model/check-invariants.ts'
import type { CaseStep } from '../case/eval-case.ts'
import { hostileArguments, replaced } from './argument-attacks.ts'
import { honestStep } from './attack.ts'
import type { Attack, Target } from './attack.ts'
import { readingPrefixes } from './sequence-attacks.ts'

/** Every tool that an invariant is about, with honest and hostile arguments, after whatever carries labels. */
export function* invariantAttacks(target: Target): Generator<Attack> {
  const { ruleset } = target
  const about = new Set(Object.values(ruleset.manifest.invariants ?? {}).flatMap((invariant) => toolsOfInvariant(invariant, ruleset.tools)))
  for (const tool of target.tools) {
    const honest = honestStep(target, tool)
    if (!about.has(tool.key) || honest === null) continue
    const calls = [
      honest,
      ...hostileArguments(target, tool)
        .filter(({ value }) => JSON.stringify(value).length < 500)
        .map(({ argument, value }): CaseStep => ({ call: tool.key, with: replaced(honest.with, argument, value) })),
    ]
    for (const prefix of [[], ...readingPrefixes(target)])
      for (const call of calls)
        for (const approved of [false, true])
          yield { kind: 'sequence', trick: `\`${tool.key}\`, which an invariant is about`, steps: [...prefix, { ...call, approved }] }
  }
}
