import type { Entity, Request } from '@bailiwick/cedar'
import type { Verdict } from '../model/decision.ts'
import { canonicalJson } from '../model/json.ts'
import { toCedarArguments } from '../model/cedar-value.ts'
import type { CedarArguments } from '../model/cedar-value.ts'
import type { CedarValue } from '@bailiwick/cedar'
import type { Redaction } from '../model/redaction.ts'
import type { PolicyRule } from '../model/ruleset.ts'
import type { AdmittedInput } from './decision-input.ts'
import type { Fact, FactValue, FactValues } from '../model/fact.ts'
import { combineForbids, controlsOf, reasonOf } from './determining-rules.ts'
import { labelsHeld } from './labels-held.ts'
import { pass, refuse } from './verdict.ts'

export interface PolicyVerdict {
  readonly verdict: Verdict
  readonly policies: readonly string[]
  readonly severity: PolicyRule['severity']
  readonly controls: readonly string[]
  readonly redactions: readonly Redaction[]
  /** T2's verdict once a person has agreed to what it asks; null when nothing is left then. */
  readonly agreed: Verdict | null
}

const nothing = { policies: [], severity: null, controls: [], redactions: [], agreed: null } as const

/** T2: what do we permit, given what we know? Cedar, with one deliberate difference: a `forbid` whose evaluation errors denies. */
export function policyVerdict(input: AdmittedInput): PolicyVerdict {
  const { ruleset, tool, goal, session } = input
  const shown = toCedarArguments(tool.shape, input.call.arguments)
  if (shown.problem !== null)
    return { verdict: refuse('T2', 'arguments', `policies cannot judge the arguments: ${shown.problem}`), ...nothing }
  const declared = Object.fromEntries(Object.entries(session.params).filter(([name]) => Object.hasOwn(goal.params, name)))
  const params = toCedarArguments(ruleset.parameters.get(tool.key) ?? { kind: 'record', fields: new Map() }, declared)
  if (params.problem !== null)
    return { verdict: refuse('T2', 'parameters', `policies cannot judge the parameters: ${params.problem}`), ...nothing }
  const answer = ruleset.policies.authorize(requestOf(input, shown, params.input), entitiesOf(input))
  const faulty = answer.errors.find((fault) => ruleset.policyRules.get(fault.policy)?.effect !== 'permit')
  if (faulty !== undefined)
    return {
      verdict: {
        tier: 'T2',
        response: 'deny',
        rule: faulty.policy,
        reason: `the policy \`${faulty.policy}\` could not be evaluated: ${faulty.message}`,
      },
      ...nothing,
      policies: [faulty.policy],
    }
  const rules = answer.reasons.map((id) => ruleset.policyRules.get(id)).filter((rule) => rule !== undefined)
  const found = { ...nothing, policies: answer.reasons, controls: controlsOf(rules) }
  if (answer.decision === 'allow') return { verdict: { ...pass('T2'), rule: answer.reasons[0] ?? 'T2.pass' }, ...found }
  const { strictest, redactions, sanitising } = combineForbids(rules)
  if (strictest === null) return { verdict: refuse('T2', 'no-permit', 'no policy permits this'), ...nothing }
  const verdict: Verdict = {
    tier: 'T2',
    response: strictest.response,
    rule: strictest.id,
    reason: `${reasonOf(strictest)}${factsText(strictest.facts, input.facts)}`,
  }
  return { verdict, ...found, severity: strictest.severity, redactions, agreed: sanitising }
}

function requestOf(
  { call, session, usage, ancestors = [], goal, tool, ruleset, facts, now }: AdmittedInput,
  { input, rest }: CedarArguments,
  params: Readonly<Record<string, CedarValue>>,
): Request {
  return {
    principal: { type: 'Agent', id: session.agent },
    action: { type: 'Action', id: call.tool },
    resource: { type: 'Tool', id: call.tool },
    context: {
      input,
      ...(Object.keys(rest).length === 0 ? {} : { otherInput: canonicalJson(rest) }),
      goal: { name: goal.name, params },
      session: {
        id: session.id,
        calls: usage.calls,
        denied: usage.denied,
        minutes: Math.max(0, Math.floor((now - session.opened) / 60_000)),
        resultBytes: usage.resultBytes,
        ...(session.person === null ? {} : { person: session.person }),
        ...(session.request === null ? {} : { request: session.request }),
      },
      labels: labelsHeld({ usage, ancestors }),
      facts: factsContext(ruleset.factsRead.get(tool.key) ?? [], facts),
      time: { __extn: { fn: 'datetime', arg: new Date(now).toISOString() } },
    },
  }
}

function factsContext(read: readonly Fact[], values: FactValues): Record<string, CedarValue> {
  const context: Record<string, CedarValue> = {}
  for (const { name, type } of read) {
    const value = told(values, name)
    if (value !== undefined) context[name] = type === 'decimal' ? { __extn: { fn: 'decimal', arg: String(value) } } : value
  }
  return context
}

/** A fact's value; undefined when it could not be told. A fact may be called `toString`. */
function told(values: FactValues, name: string): FactValue | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

/** What the facts were that a policy rests on, for whoever asks why. */
function factsText(names: readonly string[], values: FactValues): string {
  const texts = names.flatMap((name) => {
    const value = told(values, name)
    return value === undefined ? [] : [`\`${name}\` was ${value}`]
  })
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`
}

function entitiesOf({ ruleset, session, tool }: AdmittedInput): Entity[] {
  const agent = ruleset.agents.get(session.agent)
  const risk = ruleset.risk?.get(session.agent)
  return [
    {
      uid: { type: 'Agent', id: session.agent },
      attrs: {
        name: session.agent,
        owner: agent?.owner ?? '',
        goals: [...(agent?.goals ?? [])],
        ...(agent?.model === undefined ? {} : { model: agent.model }),
        ...(agent?.version === undefined ? {} : { version: agent.version }),
        ...(risk === undefined ? {} : { risk: { ...risk } }),
      },
      parents: [],
    },
    {
      uid: { type: 'Tool', id: tool.key },
      attrs: { toolbox: tool.toolbox, name: tool.name, effect: tool.declaration.effect, labels: [...tool.declaration.labels] },
      parents: [{ type: 'Toolbox', id: tool.toolbox }],
    },
    { uid: { type: 'Toolbox', id: tool.toolbox }, attrs: {}, parents: [] },
  ]
}
