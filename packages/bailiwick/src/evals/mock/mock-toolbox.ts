import { ProtocolError, Server } from '@modelcontextprotocol/server'
import type { CallToolResult } from '@modelcontextprotocol/server'
import type { JsonObject } from '../../model/json.ts'
import type { ToolDefinition } from '../../model/pin.ts'
import { sampleOf } from './mock-result.ts'
import type { MockResult } from './mock-result.ts'

export interface MockToolbox {
  readonly name: string
  /** As the lock has them, so that their pins fit. */
  readonly tools: readonly ToolDefinition[]
  /** Whether it is to be asked for resources and prompts. */
  readonly reads: { readonly resources: boolean; readonly prompts: boolean }
  /** The result kept for a tool; null when there is none. Asked at every call. */
  readonly fixture: (tool: string, args: JsonObject) => MockResult | null
}

/** A server of MCP in the place of a toolbox: its tools are the pinned ones, and do nothing. */
export function mockToolbox({ name, tools, reads, fixture }: MockToolbox): Server {
  const server = new Server(
    { name: `mock of ${name}`, version: '0.1.0' },
    { capabilities: { tools: {}, ...(reads.resources ? { resources: {} } : {}), ...(reads.prompts ? { prompts: {} } : {}) } },
  )
  server.setRequestHandler('tools/list', () => ({ tools: tools as never }))
  server.setRequestHandler('tools/call', ({ params }) => {
    const definition = tools.find((tool) => tool.name === params.name)
    if (definition === undefined) throw new ProtocolError(-32_602, `there is no tool \`${params.name}\``)
    const args = (params.arguments ?? {}) as JsonObject
    const result = fixture(definition.name, args) ?? sampleOf(definition, args)
    return result as unknown as CallToolResult
  })
  if (reads.resources) {
    server.setRequestHandler('resources/list', () => ({ resources: [] }))
    server.setRequestHandler('resources/read', ({ params: { uri } }) => ({ contents: [{ uri, text: `a mock of ${uri}` }] }))
  }
  if (reads.prompts) {
    server.setRequestHandler('prompts/list', () => ({ prompts: [] }))
    server.setRequestHandler('prompts/get', ({ params }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: `a mock of the prompt ${params.name}` } }],
    }))
  }
  return server
}
