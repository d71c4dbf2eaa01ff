import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'

const month = z.string().regex(/^\d{4}-\d{2}$/)

/** Expense claims. What is paid goes into the file `log`, one JSON object a line. */
function expensesServer(log: string): McpServer {
  const server = new McpServer({ name: 'expenses', version: '1.0.0' })
  server.registerTool(
    'list_claims',
    { description: 'Lists the claims of a month.', inputSchema: z.object({ month }), annotations: { readOnlyHint: true } },
    () => ({ content: [{ type: 'text', text: 'E-17: Carl, train to Basel, 84\nE-18: Dora, hotel in Basel, 190' }] }),
  )
  server.registerTool(
    'pay_claim',
    {
      description: 'Pays a claim.',
      inputSchema: z.object({ month, claim: z.string().regex(/^E-\d{1,6}$/), amount: z.int().min(1).max(10_000) }),
    },
    (args) => {
      appendFileSync(log, `${JSON.stringify(args)}\n`)
      return { content: [{ type: 'text', text: `paid ${args.claim}` }] }
    },
  )
  return server
}

const log = process.argv[2]
if (log === undefined) throw new Error('no file given; run `node expenses-server.ts <file>`')
mkdirSync(dirname(log), { recursive: true })
serveStdio(() => expensesServer(log))
