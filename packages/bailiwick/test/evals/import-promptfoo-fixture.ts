import { stringify } from 'yaml'
import { importPromptfoo } from '../../src/evals/import/import-promptfoo.ts'
import { importedSuiteText } from '../../src/evals/import/imported-suite-text.ts'
import { readSuite } from '../../src/evals/suite/read-suite.ts'
import type { AgentCase } from '../../src/evals/suite/suite.ts'
import type { Diagnostic } from '../../src/model/diagnostic.ts'
import { rulesFrom } from './rules.ts'

const { ruleset } = rulesFrom({
  manifest: `trustDomain: corp.example
agents:
  clerk: { owner: shop@corp.example, goals: [orders] }
toolboxes:
  shop:
    mcp: { command: node }
    tools:
      search_orders: { effect: read }
      compose_reply: { effect: write }
      issue_refund: { effect: destructive }
      anything: { effect: read }
  office:
    names: plain
    mcp: { command: node }
    tools:
      search_people: { effect: read }
goals:
  orders:
    tools: { shop.search_orders: {}, shop.compose_reply: {}, shop.issue_refund: {} }
`,
  schemas: {
    'shop.search_orders': {
      type: 'object',
      properties: {
        order_id: { type: 'string' },
        limit: { type: 'integer' },
        cursor: { type: 'string' },
        tags: { type: 'array', items: { type: 'string' } },
        filter: { type: 'object', properties: { open: { type: 'boolean' }, by: { type: 'string' } } },
      },
    },
    'shop.compose_reply': { type: 'object', properties: { tone: { type: 'string' } } },
    'shop.issue_refund': { type: 'object', properties: { order_id: { type: 'string' } } },
    'office.search_people': { type: 'object', properties: { name: { type: 'string' } } },
  },
})

export interface TestImport {
  readonly cases: readonly AgentCase[]
  /** The text of the suite; empty when there is none. */
  readonly text: string
  readonly said: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What a file is imported as, written and read back. @throws Error when what is written is not accepted */
export function imported(config: string): TestImport {
  const read = importPromptfoo('sub/promptfooconfig.yaml', config, { agent: 'clerk', goal: 'orders', params: {}, ruleset })
  const said = read.diagnostics.map(({ severity, line, message }) => `${severity} ${line} ${message}`)
  if (read.suite === null) return { cases: [], text: '', said, diagnostics: read.diagnostics }
  const text = importedSuiteText(read, 'promptfooconfig.yaml')
  const suite = readSuite('suites/x.yaml', '/srv/corp/suites/x.yaml', text, ruleset)
  if (suite.diagnostics.length > 0) throw new Error(`${JSON.stringify(suite.diagnostics)}\n${text}`)
  return { cases: suite.cases.map((placed) => placed.case as AgentCase), text, said, diagnostics: read.diagnostics }
}

/** The same of a file with one test, which asserts this. */
export function assertion(...assertions: readonly object[]): TestImport {
  return imported(stringify({ prompts: ['Do it.'], tests: [{ assert: assertions }] }, { aliasDuplicateObjects: false }))
}

/** The case of a file with one test, which asserts this alone. @throws Error when it is not carried over */
export function one(given: object): AgentCase {
  const { cases, said } = assertion(given)
  if (cases[0] === undefined) throw new Error(said.join('\n'))
  return cases[0]
}
