import { cedarString, shapeOf, typeText } from './cedar-shape.ts'
import type { CedarShape } from './cedar-shape.ts'
import type { Fact } from './fact.ts'
import type { Goal, Tool } from './ruleset.ts'
import { shapeAt } from './shape-at.ts'
import { effects, riskDimensions } from './vocabulary.ts'

/**
 * The Cedar schema of an inventory, by the conventions of Cedar's own MCP schema generator: one action per tool, in the
 * group `call_tool`, with the tool's arguments under `context.input`. Actions are also grouped by effect.
 */
export function cedarSchema(tools: Iterable<Tool>, goals: Iterable<Goal>, facts: Iterable<Fact> = []): string {
  const allGoals = [...goals]
  const allFacts = [...facts]
  const lines = [
    `type Risk = { ${riskDimensions.map((name) => `${name}: Long`).join(', ')}, strategic: String, operational: String };`,
    'entity Agent { name: String, owner: String, model?: String, version?: String, goals: Set<String>, risk?: Risk };',
    'entity Toolbox;',
    'entity Tool in [Toolbox] { toolbox: String, name: String, effect: String, labels: Set<String> };',
    'type Session = { id: String, calls: Long, denied: Long, minutes: Long, resultBytes: Long, person?: String, request?: String };',
    'action "call_tool";',
    ...effects.map((effect) => `action ${cedarString(effect)} in [Action::"call_tool"];`),
  ]
  const factTypes = new Map<string, string>()
  for (const tool of tools) {
    const told = factsType(tool, allFacts)
    // Named once for all tools that have the same: a schema that repeats many facts for many tools takes long to read.
    const name = told === '{}' ? told : (factTypes.get(told) ?? `Facts${factTypes.size + 1}`)
    if (name !== told && !factTypes.has(told)) lines.push(`type ${name} = ${told};`)
    if (name !== told) factTypes.set(told, name)
    lines.push(
      `action ${cedarString(tool.key)} in [Action::${cedarString(tool.declaration.effect)}] appliesTo {`,
      '  principal: [Agent],',
      '  resource: [Tool],',
      '  context: {',
      `    input: ${typeText(tool.shape)},`,
      '    otherInput?: String,',
      `    goal: { name: String, params: ${typeText(parametersShape(tool.key, allGoals))} },`,
      '    session: Session,',
      '    labels: Set<String>,',
      '    time: datetime,',
      `    facts: ${name},`,
      '  },',
      '};',
    )
  }
  return `${lines.join('\n')}\n`
}

/** How policies on a tool see the parameters of the goals that use it; one that two goals declare differently is JSON text. */
export function parametersShape(tool: string, goals: Iterable<Goal>): Extract<CedarShape, { kind: 'record' }> {
  const fields = new Map<string, { shape: CedarShape; required: false }>()
  for (const goal of goals) {
    if (!goal.contract.has(tool)) continue
    for (const [name, parameter] of Object.entries(goal.params)) {
      const shape = shapeOf({ type: parameter.type }, {})
      const known = fields.get(name)?.shape ?? shape
      fields.set(name, { shape: known.kind === shape.kind ? shape : { kind: 'json' }, required: false })
    }
  }
  return { kind: 'record', fields }
}

/** Whether a fact can be told of a tool's calls: a fact that compares with an argument cannot where the tool has none of that name. */
export function isTold(fact: Fact, tool: Tool): boolean {
  return fact.patterns.every((pattern) =>
    pattern.same.every(({ present }) => present.of !== 'input' || shapeAt(tool, present.names) !== null),
  )
}

function factsType(tool: Tool, facts: readonly Fact[]): string {
  const told = facts.filter((fact) => isTold(fact, tool))
  return told.length === 0 ? '{}' : `{ ${told.map((fact) => `${cedarString(fact.name)}: ${fact.type}`).join(', ')} }`
}
