import { isJsonObject } from '../../model/json.ts'
import type { Json } from '../../model/json.ts'
import type { UnderTest } from '../suite/suite.ts'
import { faultText, overtime } from './agent-end.ts'
import type { AgentEnd } from './agent-end.ts'
import { longestAnswer } from './process-group.ts'
import type { TaskAbout } from './connect-task.ts'

/**
 * Runs an agent that is a service: posts `{ request, goal, params, mcp: { url, token }, model }` as JSON and takes `{ "answer": "…" }`, or a
 * text, as its answer. The service must reach this machine's loopback address.
 */
export async function runUrl(
  { url, headers }: Extract<UnderTest, { kind: 'url' }>,
  { request, goal, params, mcp, model, signal }: TaskAbout,
): Promise<AgentEnd> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ request, goal, params, mcp, model }),
      redirect: 'error',
      signal,
    })
    const text = await limitedText(response)
    if (text === null) return { answer: null, fault: `the agent answered with more than ${longestAnswer} bytes` }
    if (!response.ok) return { answer: null, fault: `the agent answered with HTTP status ${response.status}: ${text.slice(0, 300)}` }
    return { answer: answerIn(text, response.headers.get('content-type') ?? ''), fault: null }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    return { answer: null, fault: signal.aborted ? overtime : `the agent at ${url} could not be asked: ${faultText(error)}${cause}` }
  }
}

async function limitedText(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += (chunk as Uint8Array).length
    if (length > longestAnswer) return null
    chunks.push(chunk as Uint8Array)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function answerIn(text: string, type: string): string | null {
  if (!type.includes('json')) return text === '' ? null : text
  const value = JSON.parse(text) as Json
  const answer = isJsonObject(value) ? value['answer'] : value
  if (answer === undefined || answer === null) return null
  return typeof answer === 'string' ? answer : JSON.stringify(answer)
}
