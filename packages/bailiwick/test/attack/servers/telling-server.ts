import { answer, note, refuse, send, serveRaw } from './raw-server.ts'
import type { Message } from './raw-server.ts'
import { tellingTools } from './telling-tools.ts'

interface Reply {
  /** Messages before the answer; `$TOKEN` stands for the token of its progress. */
  readonly before?: readonly unknown[]
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
  /** Answers only when its own request was answered. */
  readonly waits?: boolean
}

/** Says what it is told to. What it is given reaches the log. */
let waiting: (() => void) | null = null
serveRaw({
  capabilities: { resources: {}, prompts: {}, logging: {} },
  tools: () => ({ tools: tellingTools }),
  other: (message) => {
    note({ method: message.method ?? 'answer', params: message.params, ...(message.method === undefined ? message : {}) })
    const { id, method, params } = message
    if (method === undefined) waiting?.()
    else if (method === 'tools/call') tell(message, replyIn(params))
    else if (method === 'resources/read') tell(message, decodeURIComponent(String(params?.['uri']).replace('mem:', '')))
    else if (method === 'prompts/get') tell(message, replyIn(params))
    else if (method === 'prompts/list') answer(id, { prompts: [{ name: 'ask' }] })
    else if (method === 'logging/setLevel') answer(id, {})
    else if (id !== undefined) refuse(id, -32_601, 'Method not found')
  },
})

function replyIn(params: Message['params']): string {
  return (params?.['arguments'] as { reply?: string } | undefined)?.reply ?? '{}'
}

function tell({ id, params }: Message, text: string): void {
  const token = (params?.['_meta'] as { progressToken?: string } | undefined)?.progressToken ?? ''
  const reply = JSON.parse(text) as Reply
  for (const one of reply.before ?? []) send(JSON.parse(JSON.stringify(one).replaceAll('$TOKEN', token)))
  const end = (): void => {
    if (reply.error === undefined) answer(id, reply.result ?? { content: [] })
    else refuse(id, reply.error.code, reply.error.message, reply.error.data)
  }
  if (reply.waits === true) waiting = end
  else end()
}
