import { readFileSync } from 'node:fs'
import { Server } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'

/**
 * A server whose tools are those of a JSON file, the first argument: `{ "tools": [...], "resources": true, "prompts": true }`.
 * The second argument, when given, is the text it writes to standard error with its environment in the place of `$NAME`.
 */
const [path, says] = process.argv.slice(2)
if (path === undefined) throw new Error('no file of tools given; run `node fixture-server.ts <tools.json>`')
const offered = JSON.parse(readFileSync(path, 'utf8')) as { tools: never[]; resources?: boolean; prompts?: boolean }
if (says !== undefined) process.stderr.write(`${says.replaceAll(/\$(\w+)/g, (_, name: string) => process.env[name] ?? '(unset)')}\n`)

serveStdio(() => {
  const server = new Server(
    { name: 'fixture', version: '1.0.0' },
    {
      capabilities: {
        tools: {},
        ...(offered.resources === true ? { resources: {} } : {}),
        ...(offered.prompts === true ? { prompts: {} } : {}),
      },
    },
  )
  server.setRequestHandler('tools/list', () => ({ tools: offered.tools }))
  server.setRequestHandler('tools/call', () => ({ content: [{ type: 'text', text: 'done' }] }))
  if (offered.resources === true) server.setRequestHandler('resources/list', () => ({ resources: [] }))
  if (offered.prompts === true) server.setRequestHandler('prompts/list', () => ({ prompts: [] }))
  return server
})
