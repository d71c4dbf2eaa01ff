import type { JsonObject } from '../../src/model/json.ts'
import type { RulesetText } from './ruleset-for.ts'

/** A small office: a mailbox and a store of notes, one agent, one goal that uses part of them. `goal` replaces lines of the goal. */
export function office(
  goal: { readonly tools?: string; readonly more?: string; readonly params?: string; readonly agent?: string } = {},
  policies: Readonly<Record<string, string>> = {},
): RulesetText {
  return { manifest: manifest(goal), schemas: officeSchemas, policies }
}

const officeSchemas: Readonly<Record<string, JsonObject>> = {
  'mail.send': {
    type: 'object',
    properties: { to: { type: 'string' }, body: { type: 'string' }, copies: { type: 'integer' }, price: { type: 'number' } },
    required: ['to'],
  },
  'notes.read': { type: 'object', properties: { path: { type: 'string' } } },
  'notes.purge': { type: 'object', properties: {} },
}

function manifest({ tools = 'mail.send: { to: { domain: corp.example } }, notes.read: {}', more = '', params = '', agent = '' }): string {
  return `
trustDomain: corp.example
agents:
  clerk: { owner: office@corp.example, goals: [letters]${agent} }
toolboxes:
  mail:
    mcp: { command: node }
    tools:
      send: { effect: external }
      drafts: { effect: read }
  notes:
    mcp: { command: node }
    tools:
      read: { effect: read, labels: [untrusted] }
      purge: { effect: destructive }
goals:
  letters:
    params: { ${params} }
    tools: { ${tools} }
    ${more}
`
}
