import { setTimeout as sleep } from 'node:timers/promises'
import {
  fromJsonSchema,
  inputRequired,
  inputResponse,
  type CallToolResult,
  type ElicitRequestFormParams,
  type McpServer,
} from '@modelcontextprotocol/server'
import { elicitationForms } from './elicitation-forms.ts'
import type { WatchedResource } from './watched-resource.ts'

const text = (line: string): CallToolResult => ({ content: [{ type: 'text', text: line }] })

/**
 * Tools that talk to the client during the call. Those which need input return `inputRequired(...)`: a 2026-07-28 client
 * gets `resultType: "input_required"`, and for a 2025 client the SDK sends a real request over the session instead.
 */
export function registerInteractionTools(server: McpServer, watched: WatchedResource): void {
  registerNotifyingTools(server, watched)
  registerSamplingTool(server)
  server.registerTool(
    'test_elicitation',
    {
      description: 'Asks the user for a name and an e-mail address.',
      inputSchema: fromJsonSchema<{ message: string }>({
        type: 'object',
        properties: { message: { type: 'string', description: 'The message to show the user' } },
        required: ['message'],
      }),
    },
    ({ message }, ctx) => elicit(ctx.mcpReq.inputResponses, 'User response', message, elicitationForms.contact),
  )
  server.registerTool(
    'test_elicitation_sep1034_defaults',
    { description: 'Asks for one value of each primitive type, each with a default.' },
    (ctx) => elicit(ctx.mcpReq.inputResponses, 'Elicitation completed', 'Please review these values.', elicitationForms.defaults),
  )
  server.registerTool(
    'test_elicitation_sep1330_enums',
    { description: 'Asks for one choice from each of the five kinds of enumeration.' },
    (ctx) => elicit(ctx.mcpReq.inputResponses, 'Elicitation completed', 'Please choose.', elicitationForms.enums),
  )
}

function registerNotifyingTools(server: McpServer, watched: WatchedResource): void {
  server.registerTool('test_tool_with_logging', { description: 'Sends three log messages at level info, 50 ms apart.' }, async (ctx) => {
    await ctx.mcpReq.log('info', 'Tool execution started')
    await sleep(50)
    await ctx.mcpReq.log('info', 'Tool processing data')
    await sleep(50)
    await ctx.mcpReq.log('info', 'Tool execution completed')
    return text('Tool with logging executed successfully')
  })
  server.registerTool(
    'test_tool_with_progress',
    {
      description: 'Reports progress 0, 50 and 100 of 100, 50 ms apart, if the request has a progress token.',
    },
    async (ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken
      for (const progress of [0, 50, 100]) {
        if (progress > 0) await sleep(50)
        if (progressToken !== undefined) {
          await ctx.mcpReq.notify({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 100 },
          })
        }
      }
      return text('Tool with progress executed successfully')
    },
  )
  server.registerTool(
    'test_reconnection',
    {
      description: 'Closes its own event stream, if it has one, and answers 100 ms later (SEP-1699).',
    },
    async (ctx) => {
      ctx.http?.closeSSE?.()
      await sleep(100)
      return text('Reconnection test completed successfully')
    },
  )
  server.registerTool(
    'test_touch_watched_resource',
    { description: 'Changes the watched resource, which notifies those subscribed to it.' },
    () => {
      watched.touch()
      return text(watched.text())
    },
  )
}

function registerSamplingTool(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    {
      description: "Has the client's model answer a prompt.",
      inputSchema: fromJsonSchema<{ prompt: string }>({
        type: 'object',
        properties: { prompt: { type: 'string', description: 'The prompt to send to the model' } },
        required: ['prompt'],
      }),
    },
    ({ prompt }, ctx) => {
      const reply = inputResponse(ctx.mcpReq.inputResponses, 'reply')
      if (reply.kind === 'sampling') {
        const blocks = [reply.result.content].flat()
        return text(`LLM response: ${blocks.map((block) => (block.type === 'text' ? block.text : block.type)).join(' ')}`)
      }
      return inputRequired({
        inputRequests: {
          reply: inputRequired.createMessage({
            messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
            maxTokens: 100,
          }),
        },
      })
    },
  )
}

function elicit(
  responses: Parameters<typeof inputResponse>[0],
  label: string,
  message: string,
  requestedSchema: ElicitRequestFormParams['requestedSchema'],
): CallToolResult | ReturnType<typeof inputRequired> {
  const answer = inputResponse(responses, 'answer')
  if (answer.kind === 'elicit') {
    return text(`${label}: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`)
  }
  return inputRequired({
    inputRequests: { answer: inputRequired.elicit({ message, requestedSchema }) },
  })
}
