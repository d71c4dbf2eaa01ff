import { callKey, decide } from '../../decide/decide.ts'
import type { DecisionInput } from '../../decide/decision-input.ts'
import type { History } from '../../decide/facts/history.ts'
import type { Occasion, PastEvent } from '../../decide/facts/past-event.ts'
import { SessionUsage } from '../../decide/session-usage.ts'
import { paramsHash } from '../../decide/t0-identity.ts'
import { policyVerdict } from '../../decide/t2-policy.ts'
import { fulfilmentOf } from '../../enforce/fulfilment.ts'
import { realPathsOf } from '../../enforce/real-paths.ts'
import type { Decision } from '../../model/decision.ts'
import type { FactValue, FactValues } from '../../model/fact.ts'
import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'
import { redactionText } from '../../model/redaction.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Credential, Session } from '../../model/session.ts'
import { letsThrough } from '../../model/vocabulary.ts'
import type { Response, Tier } from '../../model/vocabulary.ts'
import type { CaseStep, EvalCase } from '../case/eval-case.ts'
import type { LabWorld } from './lab-world.ts'

/** What came of one call in the lab. */
export interface StepAnswer {
  /** The answer before any person was asked: `ask` stays `ask`, also where a person then approves. */
  readonly response: Response
  readonly tier: Tier
  readonly rule: string
  readonly reason: string
  /** What policies take out, as `@redact` writes it, in order. */
  readonly redacts: readonly string[]
  /** What would have been enforced, for an agent that is only observed; null otherwise. */
  readonly observed: Response | null
  /** Whether the tool was reached in the end. */
  readonly through: boolean
  /** Whether a person agreed to it. */
  readonly approved: boolean
  /** What the agent is given; null when the call did not go through. */
  readonly result: JsonObject | null
  /** Bytes of that, as the limits count them. */
  readonly bytes: number
  /** Labels of the session before the call. */
  readonly labels: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The rules that a session is under, and what its tools answer. */
interface LabRules {
  readonly ruleset: Ruleset
  resultOf(tool: string): JsonObject
}

/** One session of a case. */
export class LabSession {
  readonly #lab: LabRules
  readonly #world: LabWorld
  readonly #session: Session
  readonly #usage = new SessionUsage()
  readonly #past: History
  #calls = 0

  constructor(lab: LabRules, world: LabWorld, opening: Pick<EvalCase, 'agent' | 'goal' | 'params' | 'person' | 'request'>, id: string) {
    const { agent, goal, params, person, request } = opening
    this.#lab = lab
    this.#world = world
    this.#session = { id, agent, goal, params, person, request, opened: world.now, state: 'active' }
    this.#past = world.newSessionPast()
  }

  attempt(step: CaseStep): StepAnswer {
    return step.at === 'T2' ? this.#byPolicies(step) : this.#whole(step)
  }

  #whole(step: CaseStep): StepAnswer {
    const labels = [...this.#usage.labels].sort()
    const input = this.#input(step)
    const first = decide(input)
    const agreeing = first.response === 'ask' && step.approved === true
    const { decision, performed } = this.#fulfilled(input, agreeing ? decide({ ...input, approval: 'approval_lab' }) : first)
    const through = letsThrough(decision.response)
    this.#count(input, decision)
    const result = through ? this.#run(input, decision, performed, step.bytes) : null
    // Where a person agreed and it went through, the answer that is told is that a person was asked.
    const { response, tier, rule, reason } = agreeing && through ? first : decision
    return {
      response,
      tier,
      rule,
      reason,
      redacts: first.redactions.map(redactionText).sort(),
      observed: first.observed,
      through,
      approved: through && agreeing,
      result: result?.value ?? null,
      bytes: result?.bytes ?? 0,
      labels,
      now: input.now,
    }
  }

  /** What T2 alone says. Nothing is carried out or counted. */
  #byPolicies(step: CaseStep): StepAnswer {
    const usage = new SessionUsage()
    usage.finished({ bytes: 0, labels: [...this.#usage.labels, ...(step.labels ?? [])] })
    const input = { ...this.#input(step), usage }
    const { ruleset } = this.#lab
    const tool = ruleset.tools.get(step.call)
    const goal = ruleset.goals.get(this.#session.goal)
    const labels = [...usage.labels].sort()
    const rest = { observed: null, through: false, approved: false, result: null, bytes: 0, labels, now: input.now }
    if (tool === undefined || goal === undefined)
      return { response: 'deny', tier: 'T1', rule: 'T1.inventory', reason: 'there is no such tool or goal', redacts: [], ...rest }
    const facts = { ...input.facts, ...step.facts }
    const { verdict, redactions } = policyVerdict({ ...input, facts, tool, goal })
    const { response, tier, rule, reason } = verdict
    return { response, tier, rule, reason, redacts: redactions.map(redactionText).sort(), ...rest }
  }

  #input(step: CaseStep): DecisionInput {
    const { ruleset } = this.#lab
    const session: Session = step.state === undefined ? this.#session : { ...this.#session, state: step.state }
    const pin = ruleset.tools.get(step.call)?.pin ?? null
    this.#calls += 1
    return {
      call: {
        id: `call_${this.#calls}`,
        tool: step.call,
        arguments: step.with,
        livePin: step.pin === undefined ? pin : step.pin === 'absent' ? null : `sha256:${'0'.repeat(64)}`,
        realPaths: this.#realPaths(step.call, step.with),
      },
      session,
      usage: this.#usage,
      credential: this.#credential(step),
      facts: this.#facts(step.call, step.with),
      ruleset,
      approval: null,
      now: this.#world.now,
    }
  }

  #credential({ credential = 'own' }: CaseStep): Credential {
    const { id, agent, goal, params } = this.#session
    if (credential === 'forged') return { valid: false, reason: 'the token is not one of ours' }
    return {
      valid: true,
      tokenId: 'token_lab',
      agent: credential === 'other-agent' ? `${agent}-2` : agent,
      session: credential === 'other-session' ? `${id}-2` : id,
      goal: credential === 'other-goal' ? `${goal}-2` : goal,
      paramsHash: paramsHash(credential === 'other-parameters' ? { ...params, 'other-parameter': true } : params),
      expires: credential === 'expired' ? this.#world.now - 1 : Number.MAX_SAFE_INTEGER,
    }
  }

  #realPaths(key: string, args: JsonObject): DecisionInput['call']['realPaths'] {
    const { ruleset } = this.#lab
    const tool = ruleset.tools.get(key)
    const server = ruleset.toolboxes.get(tool?.toolbox ?? '')?.server
    const sinks = Object.entries(tool?.declaration.sinks ?? {}).filter(([, sink]) => sink === 'path')
    return realPathsOf(ruleset.goals.get(this.#session.goal)?.contract.get(key) ?? new Map(), args, server?.command != null, {
      arguments: sinks.map(([argument]) => argument),
      own: ruleset.own,
      cwd: server?.cwd ?? ruleset.base,
    })
  }

  #facts(tool: string, input: JsonObject): FactValues {
    const values: Record<string, FactValue> = {}
    for (const { name, over } of this.#lab.ruleset.factsRead.get(tool) ?? []) {
      const history = over === 'session' ? this.#past : over === 'person' && this.#session.person === null ? null : this.#world[over]
      const place = history?.plan.places.get(name)
      const value = history === null || place === undefined ? null : history.value(place, this.#occasion(tool, input), this.#world.now)
      if (value !== null) values[name] = value
    }
    return values
  }

  #fulfilled(
    input: DecisionInput,
    decision: Decision,
  ): { readonly decision: Decision; readonly performed: ReturnType<typeof fulfilmentOf> } {
    const performed = letsThrough(decision.response)
      ? fulfilmentOf(decision, input, (args) => this.#realPaths(input.call.tool, args))
      : decision
    return { decision: 'response' in performed ? performed : decision, performed }
  }

  #run(
    input: DecisionInput,
    decision: Decision,
    performed: ReturnType<typeof fulfilmentOf>,
    size: number | undefined,
  ): { readonly value: JsonObject | null; readonly bytes: number } {
    const raw = this.#lab.resultOf(input.call.tool)
    const value = 'sanitiser' in performed && performed.sanitiser !== null ? performed.sanitiser.result(raw) : raw
    const bytes = size ?? JSON.stringify(value).length
    this.#usage.finished({ bytes, labels: decision.labels })
    const { structuredContent } = raw
    this.#note({
      ...this.#occasion(input.call.tool, input.call.arguments),
      kind: 'outcome',
      response: decision.response,
      facts: decision.facts,
      status: 'ok',
      labels: decision.labels,
      output: isJsonObject(structuredContent) ? structuredContent : null,
    })
    return { value, bytes }
  }

  /** As the gateway counts: a call that no person agreed to is a denied one in the end. */
  #count({ call }: DecisionInput, decision: Decision): void {
    const response = decision.response === 'ask' ? 'deny' : decision.response
    this.#note({ ...this.#occasion(call.tool, call.arguments), kind: 'call', response, facts: decision.facts })
    const key = callKey(call.tool, call.arguments)
    this.#usage.decided({ key, tool: call.tool, allowed: letsThrough(response), now: this.#world.now })
  }

  #note(event: PastEvent): void {
    this.#past.note(event, this.#world.now)
    this.#world.agent.note(event, this.#world.now)
    if (this.#session.person !== null) this.#world.person.note(event, this.#world.now)
  }

  #occasion(tool: string, input: JsonObject): Occasion {
    const { id: session, agent, person, goal, params } = this.#session
    return { session, agent, person, goal, params, tool, input }
  }
}
