// An MCP server with one tool that returns its text: `--stdio`, or on a free port with its URL as the first line of output.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { webListener } from '../conformance/mcp/web-listener.ts'

function echoServer(): Server {
  const server = new Server({ name: 'echo', version: '1.0.0' }, { capabilities: { tools: {} } })
  const inputSchema = { type: 'object' as const, properties: { text: { type: 'string' } }, required: ['text'] }
  server.setRequestHandler('tools/list', async () => ({ tools: [{ name: 'echo', description: 'Returns its text.', inputSchema }] }))
  server.setRequestHandler('tools/call', async (request) => ({
    content: [{ type: 'text', text: String(request.params.arguments?.['text']) }],
  }))
  return server
}

if (process.argv.includes('--stdio')) serveStdio(echoServer)
else {
  const handler = createMcpHandler(echoServer)
  const server = createServer(webListener(handler.fetch, console.error))
  server.listen(0, '127.0.0.1', () =>
    console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` })),
  )
}
