import { stringify } from 'yaml'
import { withRisk } from '../risk/assess-agent.ts'
import { compileRuleset } from '../../model/compile-ruleset.ts'
import type { RulesetSources } from '../../model/compile-ruleset.ts'
import { cedarString } from '../../model/cedar-shape.ts'
import { canonicalJson, sha256Hex } from '../../model/json.ts'
import type { ToolDeclaration } from '../../model/manifest.ts'
import type { Agent, Ruleset } from '../../model/ruleset.ts'
import { plansFor, tryPlan } from './attack-path.ts'
import type { AttackPath } from './attack-path.ts'
import type { Plan } from './plan.ts'
import { threatKinds } from './threat-kinds.ts'
import type { ThreatKind } from './threat-kinds.ts'
import type { Verdict } from './try-steps.ts'

/** A change that stops an attack, tried. */
export interface Remedy {
  /** Where it goes: a policy file, or the manifest. */
  readonly into: 'policies/threats.cedar' | 'bailiwick.yaml'
  /** To be pasted: a policy, or keys of the manifest in their place. */
  readonly text: string
  /** What becomes of the attack with it. */
  readonly verdict: Exclude<Verdict, 'open' | 'untried'>
}

interface Proposal {
  readonly into: Remedy['into']
  readonly text: string
  readonly apply: (sources: RulesetSources) => RulesetSources
}

/** The rules with a change, and the attacks on an agent under them. */
interface Changed {
  readonly ruleset: Ruleset
  readonly agent: Agent
  readonly plans: ReadonlyMap<string, Plan>
}

/** How often a tool may send within one session by the rate that is proposed. */
const proposedRate = '5/1h'

/** Finds changes that stop open attacks. Each proposal is compiled and the attack tried again before it is given. */
export class Remedies {
  readonly #sources: RulesetSources
  readonly #compromised: boolean
  readonly #compiled = new Map<string, Changed | null>()

  constructor(sources: RulesetSources, compromised: boolean) {
    this.#sources = sources
    this.#compromised = compromised
  }

  /** The first change found that stops an attack; null when none of those that are known of does. */
  for(path: AttackPath, agent: Agent): Remedy | null {
    for (const proposal of proposalsFor(path, agent, this.#sources)) {
      const changed = proposal.apply(this.#sources)
      const compiled = this.#compile(proposal, changed, agent.name)
      const plan = compiled?.plans.get(path.id)
      if (compiled === null || plan === undefined) continue
      const verdict = tryPlan(compiled.ruleset, changed, compiled.agent, plan)?.verdict
      if (verdict === 'cut' || verdict === 'ask') return { into: proposal.into, text: proposal.text, verdict }
    }
    return null
  }

  /** Several attacks are often stopped by the same change. */
  #compile({ text }: Proposal, changed: RulesetSources, name: string): Changed | null {
    const key = `${name}\n${text}`
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    const compiledRules = compileRuleset(changed).ruleset
    const ruleset = compiledRules === null ? null : withRisk(compiledRules)
    const agent = ruleset?.agents.get(name)
    const compiled = ruleset === null || agent === undefined ? null : { ruleset, agent, plans: plansFor(ruleset, agent, this.#compromised) }
    this.#compiled.set(key, compiled)
    return compiled
  }
}

function proposalsFor(path: AttackPath, agent: Agent, sources: RulesetSources): readonly Proposal[] {
  const last = path.steps.at(-1)?.tool ?? ''
  const rate = rated(agent, last, sources)
  const person = confirmed(agent, last, sources)
  switch (path.kind) {
    case 'trifecta':
    case 'address-leak':
    case 'injected-destruction':
    case 'injected-command':
      return [...enforced(agent), ...labelled(path, agent, path.steps.length - 1), person]
    case 'memory-poisoning':
      return [...enforced(agent), ...relabelled(path, sources), ...labelled(path, agent, lastOfFirst(path)), person]
    case 'laundering':
      return [...enforced(agent), ...labelled(path, agent, lastOfFirst(path)), person]
    case 'approval-fatigue':
    case 'small-pieces':
      return [...enforced(agent), rate, ...labelled(path, agent, path.steps.length - 1)]
    case 'self-modification':
      return [...enforced(agent), ...declaredSinks(last, path, sources), person]
    case 'goal-widening':
    case 'look-alike':
    case 'changed-tool':
      return [...enforced(agent), person]
  }
}

/** What an agent that is only observed does is let pass, whatever the rules say. */
function enforced(agent: Agent): readonly Proposal[] {
  if (agent.mode === 'enforce') return []
  return [
    inManifest({ agents: { [agent.name]: { mode: 'enforce' } } }, (sources) =>
      withManifest(sources, (manifest) => ({
        ...manifest,
        agents: {
          ...manifest.agents,
          [agent.name]: { ...manifest.agents[agent.name], mode: 'enforce' } as (typeof manifest.agents)[string],
        },
      })),
    ),
  ]
}

/** Forbids a step once the session has met what it had met then: all of it, or, where other labels lead there too, one label alone. */
function labelled({ kind, steps }: AttackPath, agent: Agent, index: number): readonly Proposal[] {
  const step = steps[index]
  if (step === undefined || step.labels.length === 0) return []
  const single = step.labels.length === 1 ? [] : [...step.labels].sort((a, b) => Number(b === 'untrusted') - Number(a === 'untrusted'))
  return [step.labels, ...single.map((label) => [label])].map((labels) => forbidding(agent.name, step.tool, labels, threatKinds[kind]))
}

function forbidding(agent: string, tool: string, labels: readonly string[], { severity, asi }: ThreatKind): Proposal {
  const condition = labels.map((label) => `context.labels.contains(${cedarString(label)})`).join(' && ')
  const id = sha256Hex(canonicalJson([agent, tool, labels])).slice(0, 8)
  const text = [
    `@id("threat-${id}")`,
    `@message(${cedarString(`the session has met what is labelled ${labels.join(' and ')}: ${tool} is closed`)})`,
    `@severity("${severity}")`,
    `@control("${asi.join(', ')}")`,
    `forbid (principal == Agent::${cedarString(agent)}, action == Action::${cedarString(tool)}, resource)`,
    `when { ${condition} };`,
  ].join('\n')
  const name = 'threats.cedar'
  return {
    into: `policies/${name}`,
    text,
    apply: (sources) => {
      const standing = sources.policies.find((policy) => policy.name === name)
      const others = sources.policies.filter((policy) => policy.name !== name)
      return { ...sources, policies: [...others, { name, file: `policies/${name}`, text: `${standing?.text ?? ''}\n${text}\n` }] }
    },
  }
}

/** What is read again is as untrusted as what was kept: the policies on it then apply to the later session too. */
function relabelled({ tools }: AttackPath, { manifest }: RulesetSources): readonly Proposal[] {
  const recall = tools[1] ?? ''
  const labels = [...(declarationOf(recall, manifest)?.labels ?? []), 'untrusted']
  return new Set(labels).size < labels.length ? [] : declared(recall, { labels }, manifest)
}

function confirmed(agent: Agent, tool: string, sources: RulesetSources): Proposal {
  return inGoals(agent, tool, sources, ({ confirm }) => ({ confirm: [...confirm, tool] }))
}

function rated(agent: Agent, tool: string, sources: RulesetSources): Proposal {
  return inGoals(agent, tool, sources, ({ limits }) => ({ limits: { rates: { ...limits.rates, [tool]: proposedRate } } }))
}

type Goals = RulesetSources['manifest']['goals']

/** A change to every goal of an agent that has a tool; `change` gives the keys that are set. */
function inGoals(
  agent: Agent,
  tool: string,
  { manifest }: RulesetSources,
  change: (goal: Goals[string]) => Partial<{ confirm: readonly string[]; limits: { rates: Readonly<Record<string, string>> } }>,
): Proposal {
  const goals = Object.entries(manifest.goals).filter(([name, goal]) => agent.goals.includes(name) && Object.hasOwn(goal.tools, tool))
  const changes = Object.fromEntries(goals.map(([name, goal]) => [name, change(goal)]))
  return inManifest({ goals: changes }, (sources) =>
    withManifest(sources, (standing) => ({
      ...standing,
      goals: {
        ...standing.goals,
        ...Object.fromEntries(
          goals.map(([name, goal]) => {
            const { confirm, limits } = changes[name] ?? {}
            return [name, { ...goal, confirm: confirm ?? goal.confirm, limits: { ...goal.limits, ...limits } }]
          }),
        ),
      },
    })),
  )
}

/** The step that keeps what a later session reads. */
function lastOfFirst({ steps }: AttackPath): number {
  return steps.findLastIndex(({ session }) => session === 0)
}

/** An argument that names a file and is not declared as a path is not followed. */
function declaredSinks(tool: string, { steps }: AttackPath, { manifest }: RulesetSources): readonly Proposal[] {
  const sinks = declarationOf(tool, manifest)?.sinks ?? {}
  const args = steps.at(-1)?.arguments ?? {}
  const open = Object.entries(args).flatMap(([argument, value]) =>
    sinks[argument] === undefined && JSON.stringify(value).replace(/^\[/, '').startsWith('"/') ? [[argument, 'path'] as const] : [],
  )
  return open.length === 0 ? [] : declared(tool, { sinks: { ...sinks, ...Object.fromEntries(open) } }, manifest)
}

function declarationOf(tool: string, { toolboxes }: RulesetSources['manifest']): ToolDeclaration | undefined {
  return toolboxes[tool.slice(0, tool.indexOf('.'))]?.tools[tool.slice(tool.indexOf('.') + 1)]
}

/** A tool declared otherwise. */
function declared(tool: string, change: Partial<ToolDeclaration>, manifest: RulesetSources['manifest']): readonly Proposal[] {
  const [toolbox, name] = [tool.slice(0, tool.indexOf('.')), tool.slice(tool.indexOf('.') + 1)]
  const declaration = declarationOf(tool, manifest)
  if (declaration === undefined) return []
  return [
    inManifest({ toolboxes: { [toolbox]: { tools: { [name]: change } } } }, (sources) =>
      withManifest(sources, (standing) => {
        const box = standing.toolboxes[toolbox] as (typeof standing.toolboxes)[string]
        return {
          ...standing,
          toolboxes: { ...standing.toolboxes, [toolbox]: { ...box, tools: { ...box.tools, [name]: { ...declaration, ...change } } } },
        }
      }),
    ),
  ]
}

function inManifest(keys: unknown, apply: Proposal['apply']): Proposal {
  return { into: 'bailiwick.yaml', text: stringify(keys, { lineWidth: 0 }).trimEnd(), apply }
}

function withManifest(
  sources: RulesetSources,
  change: (manifest: RulesetSources['manifest']) => RulesetSources['manifest'],
): RulesetSources {
  return { ...sources, manifest: change(sources.manifest) }
}
