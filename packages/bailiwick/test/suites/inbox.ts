import { mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { formatLock } from '../../src/model/lock.ts'
import { pinOf } from '../../src/model/pin.ts'
import type { ToolDefinition } from '../../src/model/pin.ts'
import type { SuiteInput } from '../../src/testing/suite-input.ts'

const text = { type: 'string' }

function tool(name: string, input: Record<string, unknown>, output?: Record<string, unknown>): ToolDefinition {
  const object = (properties: Record<string, unknown>) => ({ type: 'object', properties, required: Object.keys(properties) })
  return {
    name,
    description: `does ${name}`,
    inputSchema: object(input),
    ...(output === undefined ? {} : { outputSchema: object(output) }),
  } as ToolDefinition
}

const list = tool('list', { folder: text }, { letters: { type: 'array', items: { type: 'object', properties: { from: text, text } } } })
const send = tool('send', { to: text, body: text })
const purge = tool('purge', {})
const find = tool('find', { name: text }, { mail: text, phone: text })

const manifest = `trustDomain: corp.example
agents:
  clerk: { owner: ops@corp.example, goals: [answer-letters] }
toolboxes:
  mail:
    mcp: { command: node, args: [nothing-here.ts] }
    tools:
      list: { effect: read, labels: [untrusted], pin: ${pinOf(list)} }
      send: { effect: external, sinks: { to: recipient, body: content }, pin: ${pinOf(send)} }
      purge: { effect: destructive, pin: ${pinOf(purge)} }
  people:
    mcp: { command: node, args: [nothing-here.ts] }
    tools:
      find: { effect: read, labels: [pii], pin: ${pinOf(find)} }
goals:
  answer-letters:
    params: { folder: { type: string, pattern: "[a-z]+" } }
    tools:
      mail.list: { folder: $folder }
      people.find: {}
      mail.send: { to: { domain: corp.example } }
    confirm: [mail.send]
    limits: { calls: 30, repeats: 10 }
invariants:
  mail-stays-inside: { never: mail.send, unless: { input.to: { domain: corp.example } } }
`

const policy = `@id("no-phone-numbers")
@response("sanitize")
@redact("output:phone")
forbid (principal, action == Action::"people.find", resource);

@id("quiet-after-pii")
@severity("high")
forbid (principal, action == Action::"mail.list", resource)
when { context.labels.contains("pii") };
`

const files: Readonly<Record<string, string>> = {
  'bailiwick.yaml': manifest,
  'bailiwick.lock.json': formatLock({ version: 1, toolboxes: { mail: { list, send, purge }, people: { find } } }),
  'policies/rules.cedar': policy,
}

/** A folder with the rules of an inbox and these files besides, gone when the test is over. Its servers cannot be started: only mocks answer. */
export function inbox(more: Readonly<Record<string, string>> = {}): { readonly folder: string; readonly manifest: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bailiwick-suites-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries({ ...files, ...more })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return { folder, manifest: join(folder, 'bailiwick.yaml') }
}

/** What every suite over the inbox begins with. */
export const opening: Omit<SuiteInput, 'name' | 'cases'> = {
  agent: 'clerk',
  goal: 'answer-letters',
  params: { folder: 'today' },
  request: 'Answer the letters of today.',
}

/** An agent of the tests, by the name of its file. */
export function agentFile(name: string): string {
  return fileURLToPath(new URL(`agents/${name}.ts`, import.meta.url))
}
