import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'
import { note } from './happenings.ts'

const pages: Readonly<Record<string, string>> = {
  'https://press.example.org/new': 'The observatory opens on Friday. Its director says: "Bring a coat."',
  'https://press.example.org/director': 'Director: J. Okafor. Asked about the opening: "Bring a coat."',
  'https://example.org/': 'Nothing to see here.',
}

/** The web, as far as it is needed here: three pages. What was fetched goes into the file `log`. */
function webServer(log: string): McpServer {
  const server = new McpServer({ name: 'web', version: '1.0.0' })
  server.registerTool(
    'fetch',
    {
      description: 'Fetches a page.',
      inputSchema: z.object({ url: z.url().max(2000) }),
      annotations: { readOnlyHint: true },
    },
    ({ url }) => {
      note(log, { tool: 'fetch', args: { url } })
      const page = pages[url]
      return { content: [{ type: 'text', text: page ?? `there is no page ${url}` }], isError: page === undefined }
    },
  )
  return server
}

const log = process.argv[2]
if (log === undefined) throw new Error('no file given; run `node web-server.ts <file>`')
serveStdio(() => webServer(log))
