import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'
import { note } from './happenings.ts'

/** A mail server that keeps what it should send: it goes into the file `log`. */
function mailServer(log: string): McpServer {
  const server = new McpServer({ name: 'mail', version: '1.0.0' })
  server.registerTool(
    'send',
    {
      description: 'Sends a mail.',
      inputSchema: z.object({ to: z.email(), subject: z.string().min(1).max(200), text: z.string().min(1).max(20_000) }),
    },
    (args) => {
      note(log, { tool: 'send', args })
      return { content: [{ type: 'text', text: `sent to ${args.to}` }] }
    },
  )
  return server
}

const log = process.argv[2]
if (log === undefined) throw new Error('no file given; run `node mail-server.ts <file>`')
serveStdio(() => mailServer(log))
