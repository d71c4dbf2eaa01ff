import type { JsonObject } from '../../model/json.ts'
import type { Goal, Ruleset, Tool } from '../../model/ruleset.ts'
import { lookAlike } from '../../model/text-hygiene.ts'
import { withCalls } from './plan.ts'
import type { PlanScope, Plans } from './plan.ts'
import { repeated } from './plan-flows.ts'
import { contracted } from './roles.ts'
import type { Step } from './try-steps.ts'

/** How often a person can be asked in one session before they stop reading. */
export const mostQuestions = 10
const mostWays = 32
/** Arguments that name a file, whatever the manifest says of them. */
const fileArgument = /^(?:path|paths|file|files|filename|file_?path|target|destination|dest|dir|directory|folder)$/i

/** Attacks on what stands around the calls: rules, names, definitions, people. */
export function planMisuse(scope: PlanScope, plans: Plans): void {
  for (const goal of scope.goals) {
    const tools = contracted(scope.ruleset, goal)
    for (const tool of tools) {
      planSelfModification(scope, plans, goal, tool)
      planFatigue(scope, plans, goal, tool)
      if (tool.pin !== null)
        plans.add('changed-tool', [tool.toolbox], () => [
          [{ ...scope.step(goal, tool, 'is called after its server changed it'), livePin: 'sha256:changed' }],
        ])
    }
    planLookAlikes(scope, plans, goal, tools)
  }
}

function planSelfModification(scope: PlanScope, plans: Plans, goal: Goal, tool: Tool): void {
  const { ruleset } = scope
  if (ruleset.toolboxes.get(tool.toolbox)?.server.command === null) return
  const { sinks } = tool.declaration
  const names = new Set([...tool.shape.fields.keys(), ...Object.keys(sinks)])
  const paths = [...names].filter((name) => sinks[name] === 'path' || (sinks[name] === undefined && fileArgument.test(name)))
  const commands = [...names].filter((name) => sinks[name] === 'command')
  if (paths.length + commands.length === 0) return
  plans.add('self-modification', [tool], () => {
    const step = scope.step(goal, tool, 'reaches the rules, the keys or the record')
    const first = step.calls[0] as JsonObject
    const calls = [
      ...ruleset.own.flatMap((file) => paths.map((name) => ({ ...first, [name]: Array.isArray(first[name]) ? [file] : file }))),
      ...commands.map((name) => ({ ...first, [name]: `rm -r ${ruleset.own.join(' ')}` })),
    ]
    return [[{ ...withCalls(step, calls), fits: true }]]
  })
}

function planFatigue(scope: PlanScope, plans: Plans, goal: Goal, tool: Tool): void {
  const asking = goal.confirm.has(tool.key) || [...scope.ruleset.policyRules.values()].some(({ response }) => response === 'ask')
  if (!asking) return
  plans.add('approval-fatigue', [tool], function* () {
    const step = scope.step(goal, tool, 'asks a person')
    let ways = 0
    for (const way of [[], ...scope.openings(goal)] as readonly (readonly Step[])[])
      for (const call of step.calls) {
        if ((ways += 1) > mostWays) return
        yield [...way, ...repeated(scope, goal, tool, step, call, mostQuestions + 1)]
      }
  })
}

function planLookAlikes(scope: PlanScope, plans: Plans, goal: Goal, tools: readonly Tool[]): void {
  for (const tool of tools) {
    if (tool.declaration.effect === 'read' || !isPlain(scope.ruleset, tool)) continue
    const twin = disguised(tool.key)
    if (twin !== null)
      plans.add('look-alike', [tool], () => [[{ ...scope.step(goal, tool, 'is called by a name that looks the same'), tool: twin }]])
  }
  for (const [index, one] of tools.entries())
    for (const other of tools.slice(index + 1)) {
      const acting = [one, other].find(({ declaration }) => declaration.effect !== 'read')
      if (acting === undefined || one.shown === null || other.shown === null || !isNear(one.shown, other.shown)) continue
      plans.add(
        'look-alike',
        [one, other].sort((a, b) => (a.key < b.key ? -1 : 1)),
        () => scope.openings(goal).map((way) => [...way, scope.step(goal, acting, 'is called in the place of the other')]),
      )
    }
}

function isPlain({ manifest }: Ruleset, { toolbox }: Tool): boolean {
  return manifest.toolboxes[toolbox]?.names === 'plain'
}

/** The name with one letter replaced by its Cyrillic twin; null when it has none that can be. */
function disguised(name: string): string | null {
  const twin = name.replace(/[aeopc]/, (letter) => ({ a: '\u0430', e: '\u0435', o: '\u043e', p: '\u0440', c: '\u0441' })[letter] ?? letter)
  return twin === name ? null : twin
}

/** Whether a hurried reader takes one name for the other: they look alike, or differ in one character. */
function isNear(a: string, b: string): boolean {
  if (lookAlike(a, b)) return true
  if (Math.abs(a.length - b.length) > 1) return false
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  let at = 0
  while (at < short.length && short[at] === long[at]) at += 1
  return short.slice(at + (short.length === long.length ? 1 : 0)) === long.slice(at + 1)
}
