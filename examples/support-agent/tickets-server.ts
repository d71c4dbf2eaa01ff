import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'
import { note } from './happenings.ts'
import { tickets, ticketSchema } from './tickets.ts'

/** The ticket system: tickets are read, commented on and closed. What was changed goes into the file `log`. */
function ticketsServer(log: string): McpServer {
  const server = new McpServer({ name: 'tickets', version: '1.0.0' })
  const ticket = z.string().regex(/^TCK-\d{4}$/)
  server.registerTool(
    'read_ticket',
    {
      description: 'Reads one ticket: what the person who opened it wrote.',
      inputSchema: z.object({ ticket }),
      outputSchema: ticketSchema,
      annotations: { readOnlyHint: true },
    },
    (args) => {
      const found = tickets.find((one) => one.ticket === args.ticket)
      if (found === undefined) return { content: [{ type: 'text', text: `there is no ticket ${args.ticket}` }], isError: true }
      return { content: [{ type: 'text', text: JSON.stringify(found) }], structuredContent: found }
    },
  )
  const done = z.object({ done: z.boolean() })
  const did = (tool: string, args: Record<string, unknown>) => {
    note(log, { tool, args })
    return { content: [{ type: 'text' as const, text: '{"done":true}' }], structuredContent: { done: true } }
  }
  server.registerTool(
    'comment',
    {
      description: 'Adds a comment to a ticket.',
      inputSchema: z.object({ ticket, text: z.string().min(1).max(2000) }),
      outputSchema: done,
    },
    (args) => did('comment', args),
  )
  server.registerTool('close', { description: 'Closes a ticket.', inputSchema: z.object({ ticket }), outputSchema: done }, (args) =>
    did('close', args),
  )
  return server
}

const log = process.argv[2]
if (log === undefined) throw new Error('no file given; run `node tickets-server.ts <file>`')
serveStdio(() => ticketsServer(log))
