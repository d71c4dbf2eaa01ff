import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { McpServer } from '@modelcontextprotocol/server'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'
import { applications } from './applications.ts'

const opening = z
  .string()
  .regex(/^REQ-\d{4}$/)
  .describe('a job opening, such as REQ-2041')
const candidate = z
  .string()
  .regex(/^C-\d{4}$/)
  .describe('a candidate, such as C-1041')

/**
 * The applications that came in. It gives whoever asks all that it has: what may be known is for the gateway to say. What it was asked
 * goes into the file `log`, one JSON object a line.
 */
function candidatesServer(log: string): McpServer {
  const server = new McpServer({ name: 'candidates', version: '1.0.0' })
  const did = (event: Record<string, unknown>): void => appendFileSync(log, `${JSON.stringify(event)}\n`)
  server.registerTool(
    'list_candidates',
    {
      description: 'Lists the candidates of an opening by their numbers.',
      inputSchema: z.object({ opening }),
      outputSchema: z.object({ candidates: z.array(candidate) }),
      annotations: { readOnlyHint: true },
    },
    (args) => {
      did({ event: 'listed', opening: args.opening })
      return structured({ candidates: applications.filter((one) => one.opening === args.opening).map((one) => one.candidate) })
    },
  )
  server.registerTool(
    'read_application',
    {
      description: 'Reads one application: the form, and the letter as a text of its own.',
      inputSchema: z.object({ opening, candidate }),
      outputSchema: z.object({
        candidate,
        opening,
        givenName: z.string(),
        familyName: z.string(),
        email: z.string(),
        phone: z.string(),
        birthDate: z.string(),
        iban: z.string().optional(),
        yearsOfExperience: z.int(),
        skills: z.array(z.string()),
        availableFrom: z.string(),
      }),
      annotations: { readOnlyHint: true },
    },
    (args) => {
      did({ event: 'read', ...args })
      const found = applications.find((one) => one.opening === args.opening && one.candidate === args.candidate)
      if (found === undefined) return refused(`${args.opening} has no candidate ${args.candidate}; list its candidates`)
      const { letter, ...form } = found
      return structured(form, letter)
    },
  )
  server.registerTool(
    'export_candidates',
    {
      description: 'Exports all applications to all openings.',
      inputSchema: z.object({}),
      annotations: { readOnlyHint: true },
    },
    () => {
      did({ event: 'exported' })
      return { content: [{ type: 'text', text: JSON.stringify(applications) }] }
    },
  )
  server.registerTool(
    'reject_candidate',
    {
      description: 'Rejects a candidate and tells them so.',
      inputSchema: z.object({ candidate }),
      annotations: { destructiveHint: true },
    },
    (args) => {
      did({ event: 'rejected', ...args })
      return { content: [{ type: 'text', text: 'rejected' }] }
    },
  )
  return server
}

function structured(value: Record<string, unknown>, ...texts: readonly string[]): CallToolResult {
  const content = [JSON.stringify(value), ...texts].map((text) => ({ type: 'text' as const, text }))
  return { content, structuredContent: value }
}

function refused(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}

const log = process.argv[2]
if (log === undefined) throw new Error('no file given; run `node candidates-server.ts <file>`')
mkdirSync(dirname(log), { recursive: true })
serveStdio(() => candidatesServer(log))
