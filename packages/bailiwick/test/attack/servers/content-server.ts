import { Server } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { contentResults, contentTools } from './content-results.ts'

/** Answers with every kind of content that a tool result can have, as `content-results.ts` lists them. */
const handle = serveStdio(() => {
  const server = new Server({ name: 'content', version: '1.0.0' }, { capabilities: { tools: {} } })
  server.setRequestHandler('tools/list', () => ({ tools: contentTools as never }))
  server.setRequestHandler('tools/call', (request) => contentResults[String(request.params.arguments?.['kind'])] as never)
  return server
})
process.stdin.once('end', () => void handle.close().then(() => process.exit(0)))
