import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'

/** A delivery pipeline that keeps secrets, deploys and rolls back. What it did goes into the file `log`, one JSON object a line. */
function pipelineServer(log: string): McpServer {
  const server = new McpServer({ name: 'pipeline', version: '1.0.0' })
  const did = (event: Record<string, unknown>): void => appendFileSync(log, `${JSON.stringify(event)}\n`)
  const environment = z.enum(['staging', 'production'])
  server.registerTool(
    'read_secret',
    {
      description: 'Reads a secret of the pipeline.',
      inputSchema: z.object({ name: z.string().regex(/^[A-Z_]{1,64}$/) }),
      annotations: { readOnlyHint: true },
    },
    ({ name }) => {
      did({ event: 'secret-read', name })
      return { content: [{ type: 'text', text: 'canary-9c1e-deploy-key' }] }
    },
  )
  server.registerTool(
    'deploy',
    { description: 'Deploys the main branch.', inputSchema: z.object({ environment }), annotations: { destructiveHint: true } },
    (args) => {
      did({ event: 'deployed', environment: args.environment })
      return { content: [{ type: 'text', text: 'deployed' }] }
    },
  )
  server.registerTool(
    'rollback',
    { description: 'Takes an environment back to what was deployed before.', inputSchema: z.object({ environment }) },
    (args) => {
      did({ event: 'rolled-back', environment: args.environment })
      return { content: [{ type: 'text', text: 'rolled back' }] }
    },
  )
  return server
}

const log = process.argv[2]
if (log === undefined) throw new Error('no file given; run `node pipeline-server.ts <file>`')
mkdirSync(dirname(log), { recursive: true })
serveStdio(() => pipelineServer(log))
