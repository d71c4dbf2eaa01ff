import * as z from 'zod'
import type { AgentTask } from './agent-task.ts'

const chunkSchema = z.object({
  choices: z.array(
    z.object({
      delta: z.object({
        content: z.string().nullish(),
        tool_calls: z.array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) })).optional(),
      }),
    }),
  ),
})

/**
 * An agent whose model says what to do next: it makes each call that the model asks for and hands back the result, until the model only speaks.
 * It knows of its model the base URL and nothing else, as agents commonly do. Resolves to the model's last words.
 */
export async function modelAgent({ request, call }: AgentTask, baseUrl: string): Promise<string> {
  const messages: object[] = [{ role: 'user', content: request }]
  for (;;) {
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer recorded' },
      body: JSON.stringify({ model: 'stand-in', stream: true, messages }),
    })
    if (!response.ok) throw new Error(`the model was not to be had: ${response.status} ${await response.text()}`)
    const deltas = (await response.text())
      .split('\n\n')
      .filter((event) => event.startsWith('data: {'))
      .flatMap((event) => chunkSchema.parse(JSON.parse(event.slice('data: '.length))).choices.map(({ delta }) => delta))
    const calls = deltas.flatMap(({ tool_calls: some = [] }) => some)
    if (calls.length === 0) return deltas.map(({ content }) => content ?? '').join('')
    messages.push({ role: 'assistant', tool_calls: calls.map((one) => ({ ...one, type: 'function' })) })
    for (const { id, function: wanted } of calls) {
      const { structuredContent } = await call(wanted.name, JSON.parse(wanted.arguments) as Record<string, unknown>)
      messages.push({ role: 'tool', tool_call_id: id, content: JSON.stringify(structuredContent ?? { refused: true }) })
    }
  }
}
