import { callKey, decide } from '../../decide/decide.ts'
import { factPlan } from '../../decide/facts/fact-plan.ts'
import { History } from '../../decide/facts/history.ts'
import type { Occasion } from '../../decide/facts/past-event.ts'
import { SessionUsage } from '../../decide/session-usage.ts'
import { paramsHash } from '../../decide/t0-identity.ts'
import type { Decision } from '../../model/decision.ts'
import type { FactValue, FactValues } from '../../model/fact.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Agent, Goal, Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import { factScopes, letsThrough } from '../../model/vocabulary.ts'
import type { FactScope } from '../../model/vocabulary.ts'
import { sampleParams, statedPaths } from './sample-calls.ts'

/** A call to be tried. */
export interface RehearsedCall {
  /** Calls of one number are of one session; a higher number is a later session. */
  readonly session: number
  readonly goal: string
  /** `toolbox.tool`, or a name that is none. */
  readonly tool: string
  readonly arguments: JsonObject
  /** The pin of the tool as its server would define it then; the reviewed one where absent. */
  readonly livePin?: string
}

/** How a call was decided, and what the session held before. */
export interface Rehearsed {
  readonly decision: Decision
  readonly labels: readonly string[]
  /** Whether a person would have been asked; the call then went on as if they had agreed. */
  readonly asked: boolean
}

interface Opened {
  readonly session: Session
  readonly usage: SessionUsage
  readonly history: History
}

const resultBytes = 256

/**
 * What would be decided, call after call, in sessions that nobody opened: labels, limits and facts follow the calls as they would in
 * the gateway. Nothing is carried out: results are empty, and take their labels from the manifest. Every path leads where it says.
 */
export class Rehearsal {
  readonly #ruleset: Ruleset
  readonly #agent: Agent
  readonly #sessions = new Map<number, Opened>()
  readonly #shared: Readonly<Record<FactScope, History>>
  #now: number

  constructor(ruleset: Ruleset, agent: Agent, now: number) {
    this.#ruleset = ruleset
    this.#agent = agent
    this.#now = now
    const facts = [...ruleset.facts.values()]
    this.#shared = Object.fromEntries(factScopes.map((over) => [over, new History(factPlan(facts, over))])) as unknown as Record<
      FactScope,
      History
    >
  }

  /** Decides a call, and takes it in as past for those after it. */
  attempt(call: RehearsedCall): Rehearsed {
    const opened = this.#open(call)
    this.#now += 1000
    const labels = [...opened.usage.labels].sort()
    const first = this.#decide(call, opened, null)
    const asked = first.response === 'ask'
    const decision = asked ? this.#decide(call, opened, 'rehearsed') : first
    this.#take(call, opened, decision)
    return { decision: asked && letsThrough(decision.response) ? first : decision, labels, asked }
  }

  #open({ session: number, goal }: RehearsedCall): Opened {
    const known = this.#sessions.get(number)
    if (known !== undefined) return known
    this.#now += 60_000
    const declared = this.#ruleset.goals.get(goal)
    const session: Session = {
      id: `rehearsal-${number}`,
      agent: this.#agent.name,
      goal,
      params: declared === undefined ? {} : sampleParams(declared),
      person: `someone@${this.#ruleset.manifest.trustDomain}`,
      request: 'a rehearsed request',
      opened: this.#now,
      state: 'active',
    }
    const opened = { session, usage: new SessionUsage(), history: new History(this.#shared.session.plan) }
    this.#sessions.set(number, opened)
    return opened
  }

  #decide(call: RehearsedCall, opened: Opened, approval: string | null): Decision {
    const { session, usage } = opened
    const ruleset = this.#ruleset
    const tool = ruleset.tools.get(call.tool)
    const goal = ruleset.goals.get(call.goal)
    return decide({
      call: {
        id: 'rehearsed',
        tool: call.tool,
        arguments: call.arguments,
        livePin: call.livePin ?? tool?.pin ?? null,
        realPaths: tool === undefined || goal === undefined ? {} : statedPaths(ruleset, tool, goal, call.arguments),
      },
      session,
      usage,
      credential: {
        valid: true,
        tokenId: 'rehearsed',
        agent: session.agent,
        session: session.id,
        goal: session.goal,
        paramsHash: paramsHash(session.params),
        expires: Number.MAX_SAFE_INTEGER,
      },
      facts: this.#facts(call, opened),
      ruleset,
      approval,
      now: this.#now,
    })
  }

  #facts(call: RehearsedCall, opened: Opened): FactValues {
    const values: Record<string, FactValue> = {}
    for (const { name, over } of this.#ruleset.factsRead.get(call.tool) ?? []) {
      const history = over === 'session' ? opened.history : this.#shared[over]
      const value = history.value(history.plan.places.get(name) as number, occasionOf(call, opened.session), this.#now)
      if (value !== null) values[name] = value
    }
    return values
  }

  #take(call: RehearsedCall, opened: Opened, decision: Decision): void {
    const { response, facts, labels } = decision
    const occasion = occasionOf(call, opened.session)
    const through = letsThrough(response)
    opened.usage.decided({ key: callKey(call.tool, call.arguments), tool: call.tool, allowed: through, now: this.#now })
    if (through) opened.usage.finished({ bytes: resultBytes, labels })
    for (const history of [opened.history, this.#shared.agent, this.#shared.person]) {
      history.note({ kind: 'call', ...occasion, response, facts }, this.#now)
      if (through) history.note({ kind: 'outcome', ...occasion, response, facts, status: 'ok', labels, output: null }, this.#now)
    }
  }
}

function occasionOf({ tool, arguments: input }: RehearsedCall, { id, agent, person, goal, params }: Session): Occasion {
  return { session: id, agent, person, goal, params, tool, input }
}

/** The goals of an agent that are declared. */
export function goalsOf(ruleset: Ruleset, agent: Agent): readonly Goal[] {
  return agent.goals.flatMap((name) => ruleset.goals.get(name) ?? [])
}
