import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'

const opening = z
  .string()
  .regex(/^REQ-\d{4}$/)
  .describe('a job opening, such as REQ-2041')

/** Summaries, one file for each opening, in a folder. */
function documentsServer(folder: string): McpServer {
  const server = new McpServer({ name: 'documents', version: '1.0.0' })
  const fileOf = (name: string): string => join(folder, `${name}.md`)
  server.registerTool(
    'write_summary',
    {
      description: 'Writes the summary of the candidates of an opening, in the place of the one before.',
      inputSchema: z.object({ opening, text: z.string().max(20_000) }),
      outputSchema: z.object({ bytes: z.int() }),
    },
    (args) => {
      writeFileSync(fileOf(args.opening), args.text)
      const written = { bytes: Buffer.byteLength(args.text) }
      return { content: [{ type: 'text', text: JSON.stringify(written) }], structuredContent: written }
    },
  )
  server.registerTool(
    'read_summary',
    {
      description: 'Reads the summary of the candidates of an opening.',
      inputSchema: z.object({ opening }),
      outputSchema: z.object({ text: z.string() }),
      annotations: { readOnlyHint: true },
    },
    (args) => {
      const file = fileOf(args.opening)
      if (!existsSync(file)) return { content: [{ type: 'text', text: `there is no summary of ${args.opening}` }], isError: true }
      const summary = { text: readFileSync(file, 'utf8') }
      return { content: [{ type: 'text', text: JSON.stringify(summary) }], structuredContent: summary }
    },
  )
  return server
}

const folder = process.argv[2]
if (folder === undefined) throw new Error('no folder given; run `node documents-server.ts <folder>`')
mkdirSync(folder, { recursive: true })
serveStdio(() => documentsServer(folder))
