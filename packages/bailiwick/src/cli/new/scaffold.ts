import { cedarString } from '../../model/cedar-shape.ts'
import type { Tool } from '../../model/ruleset.ts'
import { effects } from '../../model/vocabulary.ts'
import { commentText, yamlList, yamlScalar } from '../init/yaml-text.ts'

/** A policy to begin with: it forbids a tool once something untrusted was read. */
export function policyScaffold(name: string, tool: Tool): string {
  return `// ${name}: say here what must not happen, and why. The contract of a goal permits already; a \`forbid\` takes away,
// and holds whatever a contract says. \`bailiwick check --schema\` prints everything that a policy can look at.
@id(${cedarString(name)})
@message("say here what the agent should do instead")
forbid (principal, action == Action::${cedarString(tool.key)}, resource)
when { context.labels.contains("untrusted") };
`
}

/** Of all tools, one that does most to the world outside: what a policy is most likely about. Null when there is none. */
export function gravestTool(tools: Iterable<Tool>): Tool | null {
  const order = ['external', 'destructive', 'write', 'read'] satisfies readonly (typeof effects)[number][]
  const all = [...tools]
  for (const effect of order) {
    const found = all.find((tool) => tool.declaration.effect === effect)
    if (found !== undefined) return found
  }
  return null
}

/** A goal to begin with: its tools unframed, with what could be framed beside each, and a person asked before anything leaves the house. */
export function goalScaffold(name: string, tools: readonly Tool[]): string[] {
  const grave = tools.filter(({ declaration: { effect } }) => effect === 'external' || effect === 'destructive')
  return [
    `${yamlScalar(name)}:`,
    '  description: Say what it is for.',
    '  tools:',
    ...tools.map((tool) => `    ${yamlScalar(tool.key)}: {} # ${commentText(argumentsOf(tool))}`),
    '  limits: { calls: 20, resultBytes: 5MB, minutes: 10 }',
    ...(grave.length === 0 ? [] : [`  confirm: ${yamlList(grave.map(({ key }) => key))}`]),
  ]
}

function argumentsOf({ shape, declaration }: Tool): string {
  const names = [...shape.fields.keys()].map((name) => {
    const sink = declaration.sinks[name]
    return sink === undefined ? name : `${name} (${sink})`
  })
  return names.length === 0 ? `${declaration.effect}; no arguments` : `${declaration.effect}; frame its arguments: ${names.join(', ')}`
}
