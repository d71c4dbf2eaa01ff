import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

/** A model that stands in for a provider's, so that the run is the same each time and needs no key. */
export interface StandInModel {
  /** Base URL, as that of a provider. */
  readonly url: string
  /** How often it was asked. */
  readonly asked: () => number
  close(): Promise<void>
}

const askedSchema = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string().nullish() })),
})

/** Speaks Chat Completions in streams: it has the ticket read, then the status of the namespace that the ticket names, then says what it found. */
export async function startModel(): Promise<StandInModel> {
  let asked = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      asked += 1
      const { model, messages } = askedSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
      const answers = messages.filter(({ role }) => role === 'tool').map(({ content }) => content ?? '')
      const [delta, reason] = next(messages[0]?.content ?? '', answers)
      const chunk = (choice: object | null, more: object = {}): string =>
        `data: ${JSON.stringify({ id: `chatcmpl-${asked}`, object: 'chat.completion.chunk', model: `${model}-2026-01-01`, choices: choice === null ? [] : [choice], ...more })}\n\n`
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chunk({ index: 0, delta, finish_reason: null }))
      response.write(chunk({ index: 0, delta: {}, finish_reason: reason }))
      response.end(`${chunk(null, { usage: { prompt_tokens: 100 * asked, completion_tokens: 10 } })}data: [DONE]\n\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What it says next, and why it stops there. */
function next(request: string, answers: readonly string[]): readonly [delta: object, reason: string] {
  const [ticket, status] = answers
  const call = (name: string, args: object): readonly [object, string] => [
    { tool_calls: [{ index: 0, id: `call_${answers.length}`, function: { name, arguments: JSON.stringify(args) } }] },
    'tool_calls',
  ]
  if (ticket === undefined) return call('tickets__read_ticket', { ticket: /TCK-\d{4}/.exec(request)?.[0] })
  const { namespace } = z.object({ namespace: z.string() }).parse(JSON.parse(ticket))
  if (status === undefined) return call('operations__read_status', { namespace })
  return [{ content: `${namespace} is ${z.object({ state: z.string() }).parse(JSON.parse(status)).state}.` }, 'stop']
}
