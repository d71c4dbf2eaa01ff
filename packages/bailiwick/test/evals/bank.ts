import type { JsonObject } from '../../src/model/json.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'

const schemas: Readonly<Record<string, JsonObject>> = {
  'bank.statement': { type: 'object', properties: { month: { type: 'string' } }, required: ['month'] },
  'bank.transfer': {
    type: 'object',
    properties: { account: { type: 'string' }, amount: { type: 'number', minimum: 0 }, note: { type: 'string' } },
    required: ['account', 'amount'],
  },
  'web.fetch': { type: 'object', properties: { url: { type: 'string' } }, required: ['url'] },
  'shop.pay': { type: 'object', properties: {} },
}

/** A bank whose rules hold: framed, confirmed, limited. Lines of the goal and of the manifest can be replaced. */
export function bank(
  change: {
    readonly transfer?: string
    readonly fetch?: string
    readonly confirm?: string
    readonly limits?: string
    readonly more?: string
    readonly agent?: string
  } = {},
  policies: Readonly<Record<string, string>> = {},
): RulesetText {
  const {
    transfer = '{ account: { in: [DE01, DE02] }, amount: { range: [1, 100] } }',
    fetch = '{ url: { domain: bank.example } }',
    confirm = '[bank.transfer]',
    limits = '{ calls: 12, rates: { bank.transfer: 2/1h }, repeats: 3 }',
    more = '',
    agent = '',
  } = change
  return {
    schemas,
    policies,
    manifest: `trustDomain: corp.example
agents:
  teller: { owner: bank@corp.example, goals: [bills]${agent} }
toolboxes:
  bank:
    mcp: { command: node }
    tools:
      statement: { effect: read, labels: [finance, untrusted] }
      transfer: { effect: external, sinks: { account: account, amount: amount, note: content } }
  web:
    mcp: { url: "https://fetch.example/mcp" }
    tools:
      fetch: { effect: read, labels: [untrusted], sinks: { url: url } }
  shop:
    mcp: { command: node }
    tools:
      pay: { effect: destructive }
goals:
  bills:
    params: { month: { type: string, pattern: "\\\\d{4}-\\\\d{2}" } }
    tools:
      bank.statement: { month: $month }
      bank.transfer: ${transfer}
      web.fetch: ${fetch}
    confirm: ${confirm}
    limits: ${limits}
${more}`,
  }
}
