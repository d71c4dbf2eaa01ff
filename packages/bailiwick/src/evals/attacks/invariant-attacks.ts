import { toolsOfInvariant } from '../../model/check-invariants.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Tool } from '../../model/ruleset.ts'
import type { CaseStep } from '../case/eval-case.ts'
import { hostileArguments, replaced } from './argument-attacks.ts'
import { honestStep } from './attack.ts'
import type { Attack, Target } from './attack.ts'
import { breakingArguments } from './breaking-arguments.ts'
import { readingPrefixes } from './sequence-attacks.ts'

/**
 * Every tool that an invariant is about: with what the invariant itself says must not be, after what other calls make possible; and with honest
 * and hostile arguments, after whatever carries labels.
 */
export function* invariantAttacks(target: Target): Generator<Attack> {
  yield* breaking(target)
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

function* breaking(target: Target): Generator<Attack> {
  const { ruleset } = target
  const tried = new Set<string>()
  for (const [name, invariant] of Object.entries(ruleset.manifest.invariants ?? {}))
    for (const tool of target.tools) {
      if (!toolsOfInvariant(invariant, ruleset.tools).includes(tool.key)) continue
      for (const args of breakingArguments(target, tool, invariant))
        for (const prefix of prerequisites(target, tool, args))
          for (const approved of [false, true]) {
            const steps = [...prefix, { call: tool.key, with: args, approved }]
            const form = JSON.stringify(steps)
            if (!tried.has(form)) yield { kind: 'sequence', trick: `\`${tool.key}\` as the invariant \`${name}\` forbids it`, steps }
            tried.add(form)
          }
    }
}

/** What may have to be called before, about the same as a call: nothing; each other tool; all of them; those that carry no labels. */
function prerequisites(target: Target, tool: Tool, args: JsonObject): CaseStep[][] {
  const others = target.tools
    .filter((other) => other !== tool)
    .flatMap((other) => {
      const honest = target.honest.get(other.key)
      return honest === undefined ? [] : [{ other, step: { call: other.key, with: carriedOver(other, honest, args), approved: true } }]
    })
  const all = others.map(({ step }) => step)
  const unlabelled = others.filter(({ other }) => other.declaration.labels.length === 0).map(({ step }) => step)
  const several = [all, unlabelled].filter((steps) => steps.length > 1)
  return [[], ...all.map((step) => [step]), ...several]
}

/** Honest arguments of a tool with the values that a call of another has under the same names, where its schema takes them. */
function carriedOver(tool: Tool, honest: JsonObject, args: JsonObject): JsonObject {
  let carried = honest
  for (const name of Object.keys(honest).filter((one) => Object.hasOwn(args, one))) {
    const changed = replaced(carried, name, args[name] as Json)
    if (tool.checkInput(changed) === null) carried = changed
  }
  return carried
}
