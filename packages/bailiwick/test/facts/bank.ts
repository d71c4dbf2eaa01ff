import { factPlan } from '../../src/decide/facts/fact-plan.ts'
import { History } from '../../src/decide/facts/history.ts'
import type { PastCall, PastOutcome } from '../../src/decide/facts/past-event.ts'
import type { Fact } from '../../src/model/fact.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { compiled } from '../decide/ruleset-for.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'

const text = { type: 'string' }
const amounts = { user: text, account: text, amount: { type: 'integer' }, fee: { type: 'number' }, to: { type: 'array', items: text } }

/** A bank with a login desk, whose facts are given as YAML lines. */
export function bank(facts: string, policies: Readonly<Record<string, string>> = {}): RulesetText {
  const tool = (properties: JsonObject): JsonObject => ({ type: 'object', properties })
  return {
    manifest: `
trustDomain: corp.example
agents:
  teller: { owner: bank@corp.example, goals: [service] }
toolboxes:
  auth:
    mcp: { command: node }
    tools:
      login: { effect: write }
      logout: { effect: write }
      heartbeat: { effect: read }
  bank:
    mcp: { command: node }
    tools:
      read: { effect: read, labels: [pii] }
      transfer: { effect: external }
      alert: { effect: read }
goals:
  service:
    params: { week: { type: string } }
    tools: { auth.login: {}, auth.logout: {}, auth.heartbeat: {}, bank.read: {}, bank.transfer: {}, bank.alert: {} }
facts:
${facts}
`,
    schemas: {
      'auth.login': tool({ user: text, server: text }),
      'auth.logout': tool({ user: text }),
      'auth.heartbeat': tool({ user: text, server: text }),
      'bank.read': tool({ user: text, document: text }),
      'bank.transfer': tool(amounts),
      'bank.alert': tool({ user: text, server: text, account: text }),
    },
    policies,
  }
}

/** The facts of a bank, compiled. @throws Error with the findings when they do not compile */
export function factsOf(yaml: string): readonly Fact[] {
  const { ruleset, diagnostics } = compiled(bank(yaml))
  if (ruleset === null) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  return [...ruleset.facts.values()]
}

export function historyOf(facts: readonly Fact[]): History {
  return new History(
    factPlan(
      facts.map((fact) => ({ ...fact, over: 'session' as const })),
      'session',
    ),
  )
}

const occasion = { agent: 'teller', person: null, goal: 'service', session: 'ses_1', params: {} }

export function call(tool: string, input: JsonObject = {}, more: Partial<PastCall> = {}): PastCall {
  return { kind: 'call', ...occasion, tool, input, response: 'allow', facts: {}, ...more }
}

export function outcome(tool: string, input: JsonObject, output: JsonObject | null, more: Partial<PastOutcome> = {}): PastOutcome {
  return { kind: 'outcome', ...occasion, tool, input, response: 'allow', facts: {}, status: 'ok', labels: [], output, ...more }
}
