import type { Json, JsonObject } from '../../model/json.ts'
import type { Goal, Tool } from '../../model/ruleset.ts'
import { withCalls } from './plan.ts'
import type { PlanScope, Plans } from './plan.ts'
import { sensitiveLabels } from './roles.ts'
import { reworded } from './sample-calls.ts'
import type { Step } from './try-steps.ts'

/** How often a tool can send within one session before it counts as "as often as the agent likes". */
const pieces = 25

/** Attacks in which data flows from one tool to another, within a session or from one to the next. */
export function planFlows(scope: PlanScope, plans: Plans): void {
  for (const goal of scope.goals) {
    planLeaks(scope, plans, goal)
    for (const tool of scope.tools(goal, 'destroys'))
      plans.add('injected-destruction', [tool], () =>
        scope.openings(goal).map((way) => [...way, scope.step(goal, tool, 'destroys something')]),
      )
    for (const tool of scope.tools(goal, 'commands'))
      plans.add('injected-command', [tool], () => scope.openings(goal).map((way) => [...way, scope.step(goal, tool, 'runs a command')]))
    for (const later of scope.goals) planKeeping(scope, plans, goal, later)
    for (const other of scope.goals) if (other !== goal) planWidening(scope, plans, goal, other)
  }
}

function planLeaks(scope: PlanScope, plans: Plans, goal: Goal): void {
  const sensitive = scope.tools(goal, 'sensitive')
  for (const out of scope.tools(goal, 'outside')) {
    for (const tool of sensitive) {
      plans.add('trifecta', [tool, out], () => leak(scope, goal, tool, out, 'sends it out'))
    }
    if (sensitive.length > 0) plans.add('small-pieces', [out], () => inPieces(scope, goal, sensitive, out))
  }
  for (const out of scope.tools(goal, 'address'))
    for (const tool of sensitive)
      if (tool !== out) plans.add('address-leak', [tool, out], () => leak(scope, goal, tool, out, 'carries it in an address or a query'))
}

function* leak(scope: PlanScope, goal: Goal, tool: Tool, out: Tool, purpose: string): Iterable<readonly Step[]> {
  const last = scope.step(goal, out, purpose)
  for (const way of scope.openings(goal)) {
    if (way[0]?.tool === tool.key) yield [...way, last]
    else {
      yield [...way, scope.step(goal, tool, 'reads sensitive data'), last]
      if (way.length > 0) yield [scope.step(goal, tool, 'reads sensitive data', { honest: true }), ...way, last]
    }
  }
}

function* inPieces(scope: PlanScope, goal: Goal, sensitive: readonly Tool[], out: Tool): Iterable<readonly Step[]> {
  const last = scope.step(goal, out, 'sends a piece of it out')
  for (const tool of sensitive)
    for (const way of scope.openings(goal))
      for (const call of last.calls) {
        const first = way[0]?.tool === tool.key ? way : [...way, scope.step(goal, tool, 'reads sensitive data')]
        yield [...first, ...repeated(scope, goal, out, last, call, pieces)]
      }
}

/** A step over and over, each time with other words. */
export function repeated(scope: PlanScope, goal: Goal, tool: Tool, step: Step, call: JsonObject, times: number): Step[] {
  return Array.from({ length: times }, (_, turn) => withCalls(step, [turn === 0 ? call : reworded(scope.ruleset, goal, tool, call, turn)]))
}

/** What one session keeps and a later one reads again. */
function planKeeping(scope: PlanScope, plans: Plans, goal: Goal, later: Goal): void {
  const acting = (['outside', 'destroys', 'commands'] as const).flatMap((role) => scope.tools(later, role))
  for (const keep of scope.tools(goal, 'keeps'))
    for (const recall of scope.tools(later, 'recalls')) {
      if (recall.toolbox !== keep.toolbox) continue
      for (const act of new Set(acting))
        plans.add('memory-poisoning', [keep, recall, act], function* () {
          for (const way of scope.openings(goal))
            for (const pair of kept(scope, goal, keep, later, recall))
              yield [...way, ...pair, scope.step(later, act, 'does what the stranger wanted', { session: 1 })]
        })
      for (const out of scope.tools(later, 'outside'))
        plans.add('laundering', [keep, recall, out], function* () {
          for (const tool of scope.tools(goal, 'sensitive')) {
            if (sensitiveLabels(tool).every((label) => recall.declaration.labels.includes(label))) continue
            for (const way of scope.openings(goal)) {
              const first = way[0]?.tool === tool.key ? way : [...way, scope.step(goal, tool, 'reads sensitive data')]
              for (const pair of kept(scope, goal, keep, later, recall))
                yield [...first, ...pair, scope.step(later, out, 'sends it out', { session: 1 })]
            }
          }
        })
    }
}

/** Writing and reading again, at the same place where both name one. */
function* kept(scope: PlanScope, goal: Goal, keep: Tool, later: Goal, recall: Tool): Iterable<readonly [Step, Step]> {
  const write = scope.step(goal, keep, 'keeps it')
  const read = scope.step(later, recall, 'reads it in a later session', { session: 1 })
  const [from, to] = [pathArgument(keep), pathArgument(recall)]
  if (from === null || to === null) {
    yield [write, read]
    return
  }
  for (const call of write.calls)
    yield [
      withCalls(write, [call]),
      withCalls(
        read,
        read.calls.map((one) => ({ ...one, [to]: call[from] as Json })),
      ),
    ]
}

function pathArgument({ declaration }: Tool): string | null {
  return Object.entries(declaration.sinks).find(([, sink]) => sink === 'path')?.[0] ?? null
}

/** One goal reads, another sends: the agent remembers. */
function planWidening(scope: PlanScope, plans: Plans, goal: Goal, other: Goal): void {
  for (const tool of scope.tools(goal, 'sensitive'))
    for (const out of scope.tools(other, 'outside'))
      plans.add('goal-widening', [tool, out], function* () {
        const last = scope.step(other, out, 'sends it out', { session: 1 })
        for (const way of scope.openings(goal))
          yield way[0]?.tool === tool.key ? [...way, last] : [...way, scope.step(goal, tool, 'reads sensitive data'), last]
        if (!scope.compromised)
          for (const way of scope.openings(other, 1)) yield [scope.step(goal, tool, 'reads sensitive data', { honest: true }), ...way, last]
      })
}
