// An agent that is a program: connects to the MCP endpoint that its environment names, and writes its answer to standard output.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const [mode, request = '', config = ''] = process.argv.slice(2)
if (mode === 'hang') {
  const child = spawn('sleep', ['300'], { stdio: 'ignore' })
  process.stdout.write(`${child.pid ?? 0}\n`)
  process.stderr.write('hanging\n')
  await new Promise(() => {})
}
if (mode === 'fail') {
  process.stderr.write('no paper left\n')
  process.exit(3)
}
if (mode === 'environment') {
  process.stdout.write(JSON.stringify({ ...process.env, config: JSON.parse(readFileSync(config, 'utf8')) as unknown }))
  process.exit(0)
}
const { BAILIWICK_MCP_URL: url = '', BAILIWICK_MCP_TOKEN: token = '', BAILIWICK_PARAMS: params = '{}' } = process.env
const client = new Client({ name: 'program', version: '1.0.0' })
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }))
const listed = await client.callTool({ name: 'mail__list', arguments: JSON.parse(params) as Record<string, unknown> })
await client.close()
process.stdout.write(`${request}: ${JSON.stringify(listed.structuredContent)}`)
