import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'

/** Sends mail to whomever it is told to. What was sent stands in the file `outbox`, one JSON object a line. */
function mailServer(outbox: string): McpServer {
  const server = new McpServer({ name: 'mail', version: '1.0.0' })
  server.registerTool(
    'send',
    {
      description: 'Sends a plain text mail.',
      inputSchema: z.object({
        to: z.string().min(3).max(320).describe('one mail address'),
        subject: z.string().max(200),
        body: z.string().max(20_000).describe('plain text'),
      }),
      outputSchema: z.object({ sent: z.boolean() }),
      annotations: { destructiveHint: false, openWorldHint: true },
    },
    (args) => {
      appendFileSync(outbox, `${JSON.stringify(args)}\n`)
      return { content: [{ type: 'text', text: '{"sent":true}' }], structuredContent: { sent: true } }
    },
  )
  return server
}

const outbox = process.argv[2]
if (outbox === undefined) throw new Error('no file given; run `node mail-server.ts <file>`')
mkdirSync(dirname(outbox), { recursive: true })
serveStdio(() => mailServer(outbox))
