import { cedarString, shapeOf, typeText } from './cedar-shape.ts'
import type { Goal, Tool } from './ruleset.ts'
import { effects } from './vocabulary.ts'

/**
 * The Cedar schema of an inventory, by the conventions of Cedar's own MCP schema generator: one action per tool, in the
 * group `call_tool`, with the tool's arguments under `context.input`. Actions are also grouped by effect.
 */
export function cedarSchema(tools: Iterable<Tool>, goals: Iterable<Goal>): string {
  const allGoals = [...goals]
  const lines = [
    'entity Agent { name: String, owner: String, model?: String, version?: String, goals: Set<String> };',
    'entity Toolbox;',
    'entity Tool in [Toolbox] { toolbox: String, name: String, effect: String, labels: Set<String> };',
    'type Session = { id: String, calls: Long, denied: Long, minutes: Long, resultBytes: Long, person?: String, request?: String };',
    'action "call_tool";',
    ...effects.map((effect) => `action ${cedarString(effect)} in [Action::"call_tool"];`),
  ]
  for (const tool of tools) {
    const params = parametersOf(allGoals.filter((goal) => goal.contract.has(tool.key)))
    lines.push(
      `action ${cedarString(tool.key)} in [Action::${cedarString(tool.declaration.effect)}] appliesTo {`,
      '  principal: [Agent],',
      '  resource: [Tool],',
      '  context: {',
      `    input: ${typeText(tool.shape)},`,
      '    otherInput?: String,',
      `    goal: { name: String, params: { ${params} } },`,
      '    session: Session,',
      '    labels: Set<String>,',
      '    time: datetime,',
      '  },',
      '};',
    )
  }
  return `${lines.join('\n')}\n`
}

/** Parameters of all goals that use a tool; one that two goals declare differently is text. */
function parametersOf(goals: readonly Goal[]): string {
  const types = new Map<string, string>()
  for (const goal of goals)
    for (const [name, parameter] of Object.entries(goal.params)) {
      const type = typeText(shapeOf({ type: parameter.type }, {}))
      types.set(name, (types.get(name) ?? type) === type ? type : 'String')
    }
  return [...types].map(([name, type]) => `${cedarString(name)}?: ${type}`).join(', ')
}
