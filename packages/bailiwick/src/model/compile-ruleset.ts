import { agentId } from './agent-id.ts'
import type { Diagnostic } from './diagnostic.ts'
import { byPlace } from './diagnostic.ts'
import { cedarSchema, parametersShape } from './cedar-schema.ts'
import { compileFacts } from './compile-facts.ts'
import { compileGoals } from './compile-goals.ts'
import { credentialFindings, secretFiles } from './check-credentials.ts'
import { delegateFindings } from './check-delegates.ts'
import { exportFindings } from './check-export.ts'
import { trustFindings } from './check-trust.ts'
import { invariantFindings } from './check-invariants.ts'
import { compilePatterns } from './compile-patterns.ts'
import { compileTools } from './compile-tools.ts'
import { factsLookedUpByTool, factsReadByTool, unreadFacts } from './facts-read.ts'
import { canonicalJson, sha256Hex } from './json.ts'
import { lockFile } from './lock.ts'
import type { Lock } from './lock.ts'
import type { Manifest, McpServerDeclaration } from './manifest.ts'
import { compilePolicies } from './policy-source.ts'
import type { PolicyFile } from './policy-source.ts'
import { milliseconds } from './quantity.ts'
import type { Agent, McpServer, Ruleset, Toolbox } from './ruleset.ts'
import { trustFiles } from './trust.ts'
import type { YamlSource } from './yaml-source.ts'
import { basename, posix } from 'node:path'

/** Everything that a ruleset is made from, already read. `base` is the manifest's folder, absolute. */
export interface RulesetSources {
  readonly yaml: YamlSource
  readonly manifest: Manifest
  readonly lock: Lock
  readonly policies: readonly PolicyFile[]
  readonly base: string
}

export interface CompiledRuleset {
  /** Null when a diagnostic is an error. */
  readonly ruleset: Ruleset | null
  readonly diagnostics: readonly Diagnostic[]
}

/** Checks references, pins, frames and policies, and compiles them. Reports every finding, in the order of their places. */
export function compileRuleset(sources: RulesetSources): CompiledRuleset {
  const { manifest, yaml, base } = sources
  const { tools, diagnostics: toolFindings } = compileTools(yaml, manifest, sources.lock)
  const { goals, diagnostics: goalFindings } = compileGoals(yaml, manifest, base)
  const { facts, diagnostics: factFindings } = compileFacts(yaml, manifest, tools)
  const { patterns, diagnostics: patternFindings } = compilePatterns(yaml, manifest)
  const found = [
    ...agentFindings(yaml, manifest),
    ...delegateFindings(yaml, manifest),
    ...toolFindings,
    ...goalFindings,
    ...factFindings,
    ...patternFindings,
    ...invariantFindings(yaml, manifest, tools, base),
    ...exportFindings(yaml, manifest),
    ...credentialFindings(yaml, manifest),
    ...trustFindings(yaml, manifest),
  ]
  const schema = cedarSchema(tools.values(), goals.values(), facts.values())
  // Without every tool the schema is incomplete, and each policy would be reported for what is not its fault.
  const complete = !found.some((finding) => finding.severity === 'error')
  const policies = complete
    ? compilePolicies(sources.policies, goals.values(), schema, { tools, patterns: new Set(patterns.keys()) }, facts)
    : { compiled: null, diagnostics: [] }
  const diagnostics = [...found, ...policies.diagnostics].sort(byPlace)
  if (policies.compiled === null || diagnostics.some((finding) => finding.severity === 'error')) return { ruleset: null, diagnostics }

  const factsLookedUp = factsLookedUpByTool(tools, facts)
  diagnostics.push(...unreadFacts(yaml, facts, policies.compiled.rules))
  diagnostics.sort(byPlace)
  const digest = sha256Hex(canonicalJson({ manifest, policies: policies.compiled.canonical, tools: sources.lock.toolboxes }))
  const agents = new Map<string, Agent>(
    Object.entries(manifest.agents).map(([name, agent]) => [name, { ...agent, name, id: agentId(manifest.trustDomain, name) }]),
  )
  const toolboxes = new Map<string, Toolbox>(
    Object.entries(manifest.toolboxes).map(([name, toolbox]) => [
      name,
      {
        name,
        server: serverOf(toolbox.mcp, base),
        credential: toolbox.credential ?? null,
        tools: [...tools.values()].filter((tool) => tool.toolbox === name),
      },
    ]),
  )
  return {
    ruleset: {
      digest: `sha256:${digest}`,
      manifest,
      base,
      own: [
        ...[basename(yaml.file), lockFile, 'policies', '.bailiwick'].map((name) => posix.join(base, name)),
        // Whoever could write these could say who they are.
        ...(manifest.trust === undefined ? [] : trustFiles(manifest.trust).map((name) => posix.resolve(base, name))),
        ...secretFiles(manifest).map((name) => posix.resolve(base, name)),
      ],
      agents,
      toolboxes,
      tools,
      goals,
      policies: policies.compiled.set,
      policyRules: policies.compiled.rules,
      facts,
      factsRead: factsReadByTool(tools, facts, factsLookedUp, policies.compiled),
      factsLookedUp,
      patterns,
      parameters: new Map([...tools.keys()].map((tool) => [tool, parametersShape(tool, goals.values())])),
      cedarSchema: schema,
    },
    diagnostics,
  }
}

/** A server's declaration with its defaults and absolute folders. */
export function serverOf(declaration: McpServerDeclaration, base: string): McpServer {
  return {
    command: declaration.command ?? null,
    args: declaration.args ?? [],
    env: declaration.env ?? {},
    cwd: posix.resolve(base, declaration.cwd ?? '.'),
    url: declaration.url ?? null,
    headers: declaration.headers ?? {},
    timeout: milliseconds(declaration.timeout),
  }
}

function agentFindings(yaml: YamlSource, manifest: Manifest): Diagnostic[] {
  return Object.entries(manifest.agents).flatMap(([name, agent]) =>
    agent.goals.flatMap((goal, index) =>
      Object.hasOwn(manifest.goals, goal)
        ? []
        : [
            yaml.finding(
              'MANIFEST_REFERENCE',
              ['agents', name, 'goals', index],
              `the agent \`${name}\` names the goal \`${goal}\`, which is not declared`,
              'declare it under `goals`, or correct the name',
            ),
          ],
    ),
  )
}
