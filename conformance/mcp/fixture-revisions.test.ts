import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { fixtureServerPath, startFixtureProcess } from './fixture-process.ts'

let http: Awaited<ReturnType<typeof startFixtureProcess>>
beforeAll(async () => {
  http = await startFixtureProcess()
})
afterAll(async () => {
  expect(await http.stop()).toBe(0)
})

const connections = {
  stdio: (): Transport => new StdioClientTransport({ command: process.execPath, args: [fixtureServerPath, '--stdio'] }),
  HTTP: (): Transport => new StreamableHTTPClientTransport(new URL(http.url)),
}

function newClient(version: string): Client {
  const client = new Client(
    { name: 'fixture-test', version: '1.0.0' },
    {
      capabilities: { elicitation: { form: {} }, sampling: {} },
      supportedProtocolVersions: [version],
      versionNegotiation: { mode: version === '2026-07-28' ? { pin: version } : 'legacy' },
    },
  )
  client.setRequestHandler('sampling/createMessage', ({ params }) => ({
    role: 'assistant',
    model: 'test-model',
    content: { type: 'text', text: `Answer to ${JSON.stringify(params.messages)}` },
  }))
  client.setRequestHandler('elicitation/create', ({ params }) =>
    params.message === 'decline' ? { action: 'decline' } : { action: 'accept', content: { username: 'ann', email: 'a@b.c' } },
  )
  return client
}

describe.each([
  { via: 'stdio', version: '2025-06-18' },
  { via: 'stdio', version: '2025-11-25' },
  { via: 'stdio', version: '2026-07-28' },
  { via: 'HTTP', version: '2025-06-18' },
  { via: 'HTTP', version: '2025-11-25' },
  { via: 'HTTP', version: '2026-07-28' },
] as const)('the fixture over $via in revision $version', ({ via, version }) => {
  let client: Client
  beforeEach(async () => {
    client = newClient(version)
    await client.connect(connections[via]())
  })
  afterEach(() => client.close())

  const call = async (name: string, input: Record<string, unknown> = {}): Promise<string> => {
    const { content } = await client.callTool({ name, arguments: input })
    return content.map((block) => (block.type === 'text' ? block.text : block.type)).join(' ')
  }

  it('speaks the revision and lists fifteen tools, three resources, a template and four prompts', async () => {
    expect(client.getNegotiatedProtocolVersion()).toBe(version)
    expect((await client.listTools()).tools).toHaveLength(15)
    expect((await client.listResources()).resources).toHaveLength(3)
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(1)
    expect((await client.listPrompts()).prompts).toHaveLength(4)
  })

  it('has the client answer a prompt and a form, and takes no for an answer', async () => {
    expect(await call('test_sampling', { prompt: 'why?' })).toBe(
      'LLM response: Answer to [{"role":"user","content":{"type":"text","text":"why?"}}]',
    )
    expect(await call('test_elicitation', { message: 'who?' })).toBe(
      'User response: action=accept, content={"username":"ann","email":"a@b.c"}',
    )
    expect(await call('test_elicitation', { message: 'decline' })).toBe('User response: action=decline, content={}')
  })

  it('reports progress during the call', async () => {
    // Not with `onprogress`: the SDK forgets that callback on the result, so over stdio it may miss the last report.
    const seen: [unknown, number][] = []
    client.setNotificationHandler('notifications/progress', ({ params }) => {
      seen.push([params.progressToken, params.progress])
    })
    await client.callTool({ name: 'test_tool_with_progress', _meta: { progressToken: 'p' } })
    expect(seen).toEqual([
      ['p', 0],
      ['p', 50],
      ['p', 100],
    ])
  })

  it('completes prompt arguments by prefix', async () => {
    const { completion } = await client.complete({
      ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
      argument: { name: 'arg1', value: 'par' },
    })
    expect(completion).toMatchObject({ values: ['paris', 'park', 'party'], total: 3, hasMore: false })
  })

  it('answers a call whose event stream it may close', async () => {
    expect(await call('test_reconnection')).toBe('Reconnection test completed successfully')
  })

  it('tells of changes to the watched resource while subscribed, and only then', async () => {
    const updated = vi.fn<(uri: string) => void>()
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => updated(params.uri))
    const uri = 'test://watched-resource'
    await call('test_touch_watched_resource')

    const subscription = version === '2026-07-28' ? await client.listen({ resourceSubscriptions: [uri] }) : null
    if (!subscription) await client.subscribeResource({ uri })
    const text = await call('test_touch_watched_resource')
    await vi.waitFor(() => expect(updated.mock.calls).toEqual([[uri]]))
    expect((await client.readResource({ uri })).contents).toMatchObject([{ uri, text }])

    await (subscription ? subscription.close() : client.unsubscribeResource({ uri }))
    await call('test_touch_watched_resource')
    await call('test_reconnection')
    expect(updated).toHaveBeenCalledOnce()
  })
})

describe('a fixture process over stdio', () => {
  it.each(['end of stdin', 'SIGTERM'])('ends with exit code 0 on %s, in the middle of a connection', async (cause) => {
    const child = spawn(process.execPath, [fixtureServerPath, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const exit = once(child, 'exit')
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`)
    const [answer] = (await once(child.stdout, 'data')) as [Buffer]
    expect(JSON.parse(answer.toString())).toMatchObject({ id: 1, result: { protocolVersion: '2025-11-25' } })
    if (cause === 'SIGTERM') child.kill('SIGTERM')
    else child.stdin.end()
    expect(await exit).toEqual([0, null])
  })
})
