import { sha256Hex } from '../../model/json.ts'
import type { Json } from '../../model/json.ts'
import type { RulesetTexts } from '../../model/load-ruleset.ts'
import type { Agent, Ruleset } from '../../model/ruleset.ts'
import { cedarString } from '../../model/cedar-shape.ts'
import { withYamlValue } from './edit-yaml.ts'
import { isActing, isOutside, reachOf } from './reach.ts'
import type { Reach, Use } from './reach.ts'

/** The five controls, in the order in which they are tried. */
export const controls = ['segmentation', 'verification', 'telemetry', 'guardrails', 'escalation'] as const
export type Control = (typeof controls)[number]

/** What each control changes, for the guide and for the command line. */
export const controlSays: Readonly<Record<Control, string>> = {
  segmentation:
    'sessions are short and small (calls 50, minutes 15, resultBytes 5MB where nothing stricter is set), and `secret` data is given just in time: a person agrees to each read',
  verification: 'a person signs each external and destructive action (`confirm`)',
  telemetry: 'a fact counts external and destructive actions over the last hour; past twenty a policy of severity high asks a person',
  guardrails:
    'what it is told by rules is enforced (`mode: enforce`); after `untrusted` data what acts outside waits for a person; files that instruct agents or pipelines, and Bailiwick’s own, are never written; repeated calls stop at three',
  escalation: 'after three denied calls a session can do nothing more (severity critical)',
}

/** One value of the manifest to be set. */
interface Setting {
  readonly path: readonly string[]
  readonly value: Json
}

/** A policy to be added, in Cedar, its `@id` apart. */
interface AddedPolicy {
  readonly id: string
  readonly text: string
}

/** What a control comes to for one agent: settings of the manifest, and policies; both empty where it is in place. */
interface ControlChange {
  readonly settings: readonly Setting[]
  readonly policies: readonly AddedPolicy[]
}

const strictest = { calls: 50, minutes: 15, resultBytes: 5_000_000 }

/**
 * The texts of a ruleset with controls put in place for an agent. What is stricter already stays. Contracts are of goals: another
 * agent with the same goal gets their new limits and confirmations too.
 * @throws RangeError when the manifest cannot be edited in place
 */
export function withControls(texts: RulesetTexts, ruleset: Ruleset, agent: Agent, wanted: readonly Control[]): RulesetTexts {
  // What an observed agent would be bound by, were its contract enforced.
  const reach = reachOf(ruleset, { ...agent, mode: 'enforce' })
  const changes = controls
    .filter((one) => wanted.includes(one))
    .map((control) => ({ control, ...changeFor(control, ruleset, reach, agent) }))
  const text = changes
    .flatMap(({ settings }) => settings)
    .reduce((edited, { path, value }) => withYamlValue(edited, path, value), texts.text)
  const policies = new Map(texts.policies.map((one) => [one.name, one]))
  for (const { control, policies: added } of changes) {
    const name = `${agent.name}-${control}.cedar`
    const present = policies.get(name)?.text ?? ''
    const missing = added.filter((one) => !texts.policies.some((file) => file.text.includes(one.text)))
    if (missing.length === 0) continue
    const all = [
      ...(present === '' ? [] : [present.trimEnd()]),
      ...missing.map((one) => `@id(${cedarString(freeId(ruleset, one.id))})\n${one.text}`),
    ]
    policies.set(name, { name, file: `policies/${name}`, text: `${all.join('\n\n')}\n` })
  }
  return { ...texts, text, policies: [...policies.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** An id that no policy has yet. */
function freeId(ruleset: Ruleset, id: string): string {
  for (let number = 1; ; number += 1) {
    const numbered = number === 1 ? id : `${id}-${number}`
    if (!ruleset.policyRules.has(numbered)) return numbered
  }
}

function changeFor(control: Control, ruleset: Ruleset, reach: Reach, agent: Agent): ControlChange {
  switch (control) {
    case 'segmentation':
      return segmentation(reach)
    case 'verification':
      return verification(reach)
    case 'telemetry':
      return telemetry(ruleset, reach)
    case 'guardrails':
      return guardrails(reach, agent.mode)
    case 'escalation':
      return escalation(reach)
  }
}

function segmentation({ agent, goals, uses }: Reach): ControlChange {
  const settings = goals.flatMap(({ name, limits }) => {
    const path = ['goals', name, 'limits']
    return [
      ...(limits.calls === null ? [{ path: [...path, 'calls'], value: strictest.calls }] : []),
      ...(limits.lifetime === null || limits.lifetime > strictest.minutes * 60_000
        ? [{ path: [...path, 'minutes'], value: strictest.minutes }]
        : []),
      ...(limits.resultBytes === null ? [{ path: [...path, 'resultBytes'], value: '5MB' }] : []),
    ]
  })
  const secret = uses.filter((use) => use.tool.declaration.labels.includes('secret') && !use.attended)
  return {
    settings,
    policies: policy(agent, 'segmentation', secret, {
      message: 'secrets are given just in time: a person agrees to each read',
      response: 'ask',
      severity: 'high',
    }),
  }
}

function verification({ goals, uses }: Reach): ControlChange {
  return {
    settings: goals.flatMap((goal) => {
      const alone = uses.filter((use) => use.goal === goal && isOutside(use) && !use.attended).map(({ tool }) => tool.key)
      return alone.length === 0 ? [] : [{ path: ['goals', goal.name, 'confirm'], value: [...goal.confirm, ...alone] }]
    }),
    policies: [],
  }
}

function telemetry(ruleset: Ruleset, { agent, uses }: Reach): ControlChange {
  const outside = uses.filter((use) => isOutside(use) && (!use.counted || !use.graded))
  if (outside.length === 0) return { settings: [], policies: [] }
  const fact = `${factPrefix(agent.name)}_acts_last_hour`
  const tools = [...new Set(outside.map(({ tool }) => tool.key))]
  return {
    settings: ruleset.facts.has(fact) ? [] : [{ path: ['facts', fact], value: { count: tools, within: '1h', over: 'agent' } }],
    policies: policy(agent, 'telemetry', outside, {
      message: 'it has acted outside more than twenty times within the hour',
      response: 'ask',
      severity: 'high',
      when: `context.facts.${fact} >= 20`,
    }),
  }
}

/** The names of facts have no hyphens, and 63 characters at most. */
function factPrefix(agent: string): string {
  const plain = agent.replaceAll('-', '_')
  return plain.length <= 40 ? plain : `${plain.slice(0, 30)}_${sha256Hex(agent).slice(0, 8)}`
}

/** Files that tell agents or pipelines what to do. */
const instructions = ['.github/*', '.gitlab-ci.yml', 'AGENTS.md', 'CLAUDE.md', '.mcp.json', 'bailiwick.yaml', '.bailiwick/*']

function guardrails({ agent, goals, uses }: Reach, mode: Agent['mode']): ControlChange {
  const untrusted = uses.some(({ tool }) => tool.declaration.labels.includes('untrusted'))
  const open = untrusted ? uses.filter((use) => isOutside(use) && !use.guarded && !use.attended) : []
  const writing = uses.filter(isActing).flatMap((use) =>
    Object.entries(use.tool.declaration.sinks)
      .filter(([argument, sink]) => sink === 'path' && isText(use, argument))
      .map(([argument]) => ({ use, argument })),
  )
  const rewriting = [...new Map(writing.map((one) => [`${one.use.tool.key} ${one.argument}`, one])).values()]
  return {
    settings: [
      ...(mode === 'observe' ? [{ path: ['agents', agent.name, 'mode'], value: 'enforce' }] : []),
      ...goals.filter(({ limits }) => limits.repeats > 3).map(({ name }) => ({ path: ['goals', name, 'limits', 'repeats'], value: 3 })),
    ],
    policies: [
      ...policy(agent, 'guardrails-untrusted', open, {
        message: 'it has read what strangers wrote: a person looks at whatever acts outside after that',
        response: 'ask',
        severity: 'high',
        when: 'context.labels.contains("untrusted")',
      }),
      ...rewriting.flatMap(({ use, argument }, index) => {
        const value = `context.input[${cedarString(argument)}]`
        const given = isRequired(use, argument) ? '' : `context.input has ${cedarString(argument)} && `
        return policy(agent, `guardrails-instructions${index === 0 ? '' : `-${index + 1}`}`, [use], {
          message: 'files that instruct agents or pipelines are not for agents to write',
          response: 'deny',
          severity: 'high',
          when: `${given}(${instructions.flatMap((pattern) => [pattern, `*/${pattern}`].map((one) => `${value} like ${cedarString(one)}`)).join('\n  || ')})`,
        })
      }),
    ],
  }
}

function escalation({ agent, uses }: Reach): ControlChange {
  if (uses.filter(isActing).every(({ broken }) => broken)) return { settings: [], policies: [] }
  const message = 'three calls of this session were denied: it does nothing more, and a person has to look'
  const head = `forbid (principal == Agent::${cedarString(agent.name)}, action, resource)`
  return {
    settings: [],
    policies: [
      {
        id: `escalation-${agent.name}`,
        text: `${annotated(message, 'critical', 'deny')}${head}\nwhen { context.session.denied >= 3 };`,
      },
    ],
  }
}

interface PolicyText {
  readonly message: string
  readonly response: 'ask' | 'deny'
  readonly severity: string
  readonly when?: string
}

/** One policy on an agent's uses of tools; none where there are no uses. */
function policy(
  agent: Agent,
  kind: string,
  uses: readonly Use[],
  { message, response, severity, when }: PolicyText,
): readonly AddedPolicy[] {
  if (uses.length === 0) return []
  const actions = [...new Set(uses.map(({ tool }) => `Action::${cedarString(tool.key)}`))].join(', ')
  const head = `forbid (principal == Agent::${cedarString(agent.name)}, action in [${actions}], resource)`
  const text = `${annotated(message, severity, response)}${head}${when === undefined ? '' : `\nwhen { ${when} }`};`
  return [{ id: `${kind}-${agent.name}`, text }]
}

function annotated(message: string, severity: string, response: 'ask' | 'deny'): string {
  const asking = response === 'ask' ? '@response("ask")\n' : ''
  return `@message(${cedarString(message)})\n@severity(${cedarString(severity)})\n${asking}`
}

function isText({ tool }: Use, argument: string): boolean {
  return tool.shape.fields.get(argument)?.shape.kind === 'string'
}

function isRequired({ tool }: Use, argument: string): boolean {
  return tool.shape.fields.get(argument)?.required === true
}
