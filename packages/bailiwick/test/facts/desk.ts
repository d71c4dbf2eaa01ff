import { decide } from '../../src/decide/decide.ts'
import { factPlan } from '../../src/decide/facts/fact-plan.ts'
import { History } from '../../src/decide/facts/history.ts'
import { paramsHash } from '../../src/decide/t0-identity.ts'
import type { PastCall } from '../../src/decide/facts/past-event.ts'
import type { Decision } from '../../src/model/decision.ts'
import type { FactValue } from '../../src/model/fact.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { factScopes } from '../../src/model/vocabulary.ts'
import { inputFor, noon, rulesetFor } from '../decide/ruleset-for.ts'

const tools = ['login', 'logout', 'read', 'write', 'transfer', 'heartbeat', 'grant', 'revoke', 'compute', 'approve', 'sell', 'alert']
const texts = ['user', 'document', 'server', 'account', 'ticker', 'status', 'to']

/** A desk of tools that all take the same arguments, each of them optional. `facts` and `policies` are what a manifest and a policy file would say. */
export function desk(facts: string, policies: string): Ruleset {
  const properties = {
    ...Object.fromEntries(texts.map((name) => [name, { type: 'string' }])),
    amount: { type: 'integer' },
    price: { type: 'number' },
  }
  return rulesetFor({
    manifest: `
trustDomain: corp.example
agents:
  clerk: { owner: desk@corp.example, goals: [work] }
  helper: { owner: desk@corp.example, goals: [work] }
toolboxes:
  desk:
    mcp: { command: node }
    tools:
${tools.map((tool) => `      ${tool}: { effect: write${tool === 'read' ? ', labels: [pii]' : ''} }`).join('\n')}
goals:
  work:
    tools: { ${tools.map((tool) => `desk.${tool}: {}`).join(', ')} }
    limits: { repeats: 20 }
facts:
${facts}
`,
    schemas: Object.fromEntries(tools.map((tool) => [`desk.${tool}`, { type: 'object', properties }])),
    policies: { 'desk.cedar': policies },
  })
}

/** One call in a trace. What is not said is as in a call that nothing is special about. */
export interface Step {
  /** Seconds since the trace began. */
  readonly at: number
  /** A tool of the desk, or `toolbox.tool`. */
  readonly tool: string
  readonly input?: JsonObject
  /** The answer expected of the policies; `allow` when it is not said. */
  readonly expect?: 'allow' | 'deny' | 'ask'
  /** The structured result, when it was let through. `null` when no outcome has come yet. */
  readonly output?: JsonObject | null
  readonly status?: 'ok' | 'error'
  /** What the result carried into the session. */
  readonly labels?: readonly string[]
  readonly session?: string
  readonly agent?: string
  readonly person?: string
}

/** Plays a trace: each call is decided with the facts of its moment, and is past for those after it. */
export function play(ruleset: Ruleset, trace: readonly Step[]): readonly { readonly step: Step; readonly decision: Decision }[] {
  const histories = new Map<string, History>()
  const historyOf = (over: (typeof factScopes)[number], whose: string): History => {
    const key = `${over} ${whose}`
    const history = histories.get(key) ?? new History(factPlan(ruleset.facts.values(), over))
    histories.set(key, history)
    return history
  }
  return trace.map((step) => {
    const { tool, input = {}, output = {}, status = 'ok', labels = [], session = 'ses_1', agent = 'clerk', person = 'ann' } = step
    const now = noon + step.at * 1000
    const key = tool.includes('.') ? tool : `desk.${tool}`
    const occasion = { tool: key, agent, person, goal: 'work', session, params: {}, input }
    const own = { session: historyOf('session', session), agent: historyOf('agent', agent), person: historyOf('person', person) }
    const facts: Record<string, FactValue> = {}
    for (const { name, over } of ruleset.factsRead.get(key) ?? []) {
      const value = own[over].value(own[over].plan.places.get(name) as number, occasion, now)
      if (value !== null) facts[name] = value
    }
    const expires = Number.MAX_SAFE_INTEGER
    const credential = { valid: true, tokenId: 'token', agent, session, goal: 'work', paramsHash: paramsHash({}), expires } as const
    const decision = decide(inputFor(ruleset, key, input, { facts, now, credential, session: { id: session, agent, person } }))
    const call: PastCall = { ...occasion, kind: 'call', response: decision.response, facts }
    for (const over of factScopes) own[over].note(call, now)
    if (decision.response !== 'deny' && output !== null)
      for (const over of factScopes) own[over].note({ ...call, kind: 'outcome', status, labels, output: output as Json }, now)
    return { step, decision }
  })
}

/** What each call of a trace was answered, as `seconds tool: answer`, and what it should have been. */
export function answers(
  ruleset: Ruleset,
  trace: readonly Step[],
): { readonly found: readonly string[]; readonly expected: readonly string[] } {
  const line = ({ at, tool }: Step, answer: string): string => `${at} ${tool}: ${answer}`
  return {
    found: play(ruleset, trace).map(({ step, decision }) => line(step, decision.response)),
    expected: trace.map((step) => line(step, step.expect ?? 'allow')),
  }
}
