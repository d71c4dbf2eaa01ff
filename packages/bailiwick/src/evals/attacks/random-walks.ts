import type { JsonObject } from '../../model/json.ts'
import type { Tool } from '../../model/ruleset.ts'
import { credentialKinds } from '../case/eval-case.ts'
import type { CaseStep } from '../case/eval-case.ts'
import { honestTask } from '../generate/honest-task.ts'
import type { SeededRandom } from '../generate/seeded-random.ts'
import { hostileArguments, replaced } from './argument-attacks.ts'
import type { Attack, Target } from './attack.ts'

/** How much there is to lose by a tool: what it does to the world, what it reveals, what its arguments mean. */
export function weightOf({ declaration }: Tool): number {
  const effect = { read: 1, write: 2, external: 4, destructive: 5 }[declaration.effect]
  return effect + declaration.labels.length + Object.keys(declaration.sinks).length
}

/** Walks without end through what an agent could do, honest calls and hostile ones mixed, in several sessions, with time passing. */
export function* randomWalks(target: Target, random: SeededRandom): Generator<Attack> {
  const tools = target.tools.filter((tool) => target.honest.has(tool.key))
  if (tools.length === 0) return
  const outside = [...target.ruleset.tools.values()].filter((tool) => !target.goal.contract.has(tool.key))
  const hostile = new Map(
    tools.map((tool) => [tool.key, hostileArguments(target, tool).filter(({ value }) => JSON.stringify(value).length < 2000)]),
  )
  const tasks = [0, 1, 2, 3].map((variant) => honestTask(target.ruleset, target.goal, target.params, { variant, all: variant % 2 === 1 }))
  const variants = new Map(tools.map((tool) => [tool.key, tasks.flatMap((task) => task.get(tool.key) ?? [])]))
  for (;;) {
    const length = 1 + random.below(8)
    const steps = Array.from({ length }, (): CaseStep => {
      if (outside.length > 0 && random.chance(0.08)) return { call: random.pick(outside).key, with: {} }
      const tool = random.weighted(tools, weightOf)
      const honest = random.pick(variants.get(tool.key) as readonly JsonObject[])
      const values = hostile.get(tool.key) as ReturnType<typeof hostileArguments>
      const changed = values.length > 0 && random.chance(0.4) ? random.pick(values) : null
      return {
        call: tool.key,
        with: changed === null ? honest : replaced(honest, changed.argument, changed.value),
        ...(random.chance(0.5) ? { approved: true } : {}),
        ...(random.chance(0.15) ? { session: 1 } : {}),
        ...(random.chance(0.1) ? { wait: random.pick([1000, 59_000, 3_600_000, 86_400_000]) } : {}),
        ...(random.chance(0.04) ? { credential: random.pick(credentialKinds) } : {}),
      }
    })
    yield { kind: 'sequence', trick: `a walk of ${length}`, steps }
  }
}
