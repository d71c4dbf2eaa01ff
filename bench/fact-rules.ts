import { compileRuleset } from '../packages/bailiwick/src/model/compile-ruleset.ts'
import type { JsonObject } from '../packages/bailiwick/src/model/json.ts'
import { pinOf } from '../packages/bailiwick/src/model/pin.ts'
import { readManifest } from '../packages/bailiwick/src/model/read-manifest.ts'
import type { Ruleset } from '../packages/bailiwick/src/model/ruleset.ts'
import { YamlSource } from '../packages/bailiwick/src/model/yaml-source.ts'

/** How many tools the benchmark's inventory has. */
export const toolCount = 20

const inputSchema: JsonObject = {
  type: 'object',
  properties: { user: { type: 'string' }, document: { type: 'string' }, amount: { type: 'integer' }, note: { type: 'string' } },
}

/** Facts of every kind in turn. */
const kinds = [
  (tool: string) => `{ formerly: ${tool}, same: [input.user], within: 1h }`,
  (tool: string) => `{ count: ${tool}, within: 1h }`,
  (tool: string) => `{ count: ${tool}, same: [input.document], within: 10m }`,
  (tool: string) => `{ sum: ${tool}, of: input.amount, same: [input.user], within: 1h }`,
  (tool: string) => `{ distinct: ${tool}, of: input.document, within: 10m }`,
  (tool: string) => `{ since: ${tool}, never: { tool: ${tool}, response: deny }, same: [input.user], within: 1h }`,
  (tool: string) => `{ previous: ${tool}, same: [input.user], within: 1h }`,
]

const conditions = ['FACT', 'FACT < 0', 'FACT < 0', 'FACT < 0', 'FACT < 0', 'FACT', 'FACT'] as const

/** Rules with `count` facts spread evenly over the tools and the kinds, each read by one policy of the tool after its own. */
export function spreadRules(count: number): Ruleset {
  const facts = Array.from(
    { length: count },
    (_, index) => `  fact${index}: ${kinds[index % kinds.length]?.(`box.tool${index % toolCount}`)}`,
  )
  const policies = Array.from({ length: count }, (_, index) => {
    const condition = (conditions[index % kinds.length] as string).replace('FACT', `context.facts.fact${index}`)
    const unless = condition.includes('<') ? condition : `${condition} && !${condition}`
    return `forbid(principal, action == Action::"box.tool${(index + 1) % toolCount}", resource) when { ${unless} };`
  })
  return rules(facts, policies)
}

/** Rules of which each has a fact of its own about one and the same tool, the shape that Dogwood's figures are for. */
export function concentratedRules(count: number): Ruleset {
  const facts = Array.from(
    { length: count },
    (_, index) =>
      `  fact${index}: { formerly: { tool: box.tool0, where: { input.amount: { range: { max: ${index + 1000} } } } }, same: [input.user], within: 1h }`,
  )
  const policies = Array.from(
    { length: count },
    (_, index) => `forbid(principal, action == Action::"box.tool1", resource) unless { context.facts.fact${index} };`,
  )
  return rules(facts, policies)
}

function rules(facts: readonly string[], policies: readonly string[]): Ruleset {
  const tools = Array.from({ length: toolCount }, (_, index) => `tool${index}`)
  const definitions = Object.fromEntries(tools.map((name) => [name, { name, description: 'one of many', inputSchema }]))
  const yaml = new YamlSource(
    'bailiwick.yaml',
    `trustDomain: bench.example
agents:
  clerk: { owner: bench@bench.example, goals: [work] }
toolboxes:
  box:
    mcp: { command: node }
    tools:
${tools.map((name) => `      ${name}: { effect: write, pin: '${pinOf(definitions[name] as never)}' }`).join('\n')}
goals:
  work:
    tools: { ${tools.map((name) => `box.${name}: {}`).join(', ')} }
facts:
${facts.join('\n')}
`,
  )
  const { manifest } = readManifest(yaml)
  if (manifest === null) throw new Error("the benchmark's manifest cannot be read")
  const { ruleset, diagnostics } = compileRuleset({
    yaml,
    manifest,
    lock: { version: 1, toolboxes: { box: definitions } },
    policies: [{ file: 'bench.cedar', name: 'bench.cedar', text: policies.join('\n') }],
    base: '/bench',
  })
  if (ruleset === null) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  return ruleset
}
