import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { McpServer } from '@modelcontextprotocol/server'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'

/** A repository in a folder: files are read and written there; what is opened and merged goes into `.git-host.jsonl` beside them. */
function repositoryServer(folder: string): McpServer {
  const server = new McpServer({ name: 'repository', version: '1.0.0' })
  const said = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] })
  const host = (event: Record<string, unknown>): void => appendFileSync(join(folder, '.git-host.jsonl'), `${JSON.stringify(event)}\n`)
  const path = z.string().min(1).describe('absolute path of a file in the repository')
  server.registerTool(
    'read_file',
    { description: 'Reads a file of the repository.', inputSchema: z.object({ path }), annotations: { readOnlyHint: true } },
    (args) => said(readFileSync(args.path, 'utf8')),
  )
  server.registerTool(
    'write_file',
    { description: 'Writes a file of the repository.', inputSchema: z.object({ path, content: z.string() }) },
    (args) => {
      mkdirSync(dirname(args.path), { recursive: true })
      writeFileSync(args.path, args.content)
      return said('written')
    },
  )
  server.registerTool(
    'open_pull_request',
    { description: 'Opens a pull request.', inputSchema: z.object({ title: z.string().max(200), body: z.string() }) },
    (args) => {
      host({ event: 'opened', title: args.title })
      return said('opened as 1')
    },
  )
  server.registerTool(
    'merge_pull_request',
    { description: 'Merges a pull request into the main branch.', inputSchema: z.object({ number: z.int().min(1) }) },
    (args) => {
      host({ event: 'merged', number: args.number })
      return said('merged')
    },
  )
  return server
}

const folder = process.argv[2]
if (folder === undefined) throw new Error('no folder given; run `node repository-server.ts <folder>`')
mkdirSync(folder, { recursive: true })
serveStdio(() => repositoryServer(folder))
