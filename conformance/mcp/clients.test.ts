import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGovernedFixture } from './governed-fixture.ts'
import type { GovernedFixture } from './governed-fixture.ts'

let governed: GovernedFixture
beforeAll(async () => {
  governed = await startGovernedFixture('stdio')
})
afterAll(async () => governed?.stop())

const revisions = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']
const places = ['stdio', 'http'] as const
const every = places.flatMap((place) => revisions.map((revision) => ({ place, revision })))

/** The SDK's own client, speaking one revision and no other. */
async function connect(place: 'stdio' | 'http', revision: string): Promise<Client> {
  const modern = revision === '2026-07-28'
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    {
      supportedProtocolVersions: [revision],
      capabilities: { elicitation: { form: {} }, sampling: {} },
      ...(modern ? { versionNegotiation: { mode: { pin: revision } } } : {}),
    },
  )
  client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: { username: 'ada', email: 'ada@example.org' } }))
  client.setRequestHandler('sampling/createMessage', async () => ({
    model: 'scripted',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  }))
  const transport =
    place === 'stdio'
      ? new StdioClientTransport({ command: process.execPath, args: [...governed.stdio], stderr: 'ignore' })
      : new StreamableHTTPClientTransport(new URL(governed.url), {
          requestInit: { headers: { authorization: `Bearer ${governed.token}` } },
        })
  await client.connect(transport)
  return client
}

describe.each(every)('a client of $revision over $place', ({ place, revision }) => {
  let client: Client
  beforeAll(async () => {
    client = await connect(place, revision)
  })
  afterAll(async () => client?.close())

  it('speaks that revision with the gateway', () => {
    expect(client.getNegotiatedProtocolVersion()).toBe(revision)
    expect(client.getServerVersion()?.name).toBe('bailiwick')
  })

  it('sees the tools, resources and prompts of the contract', async () => {
    expect((await client.listTools()).tools).toHaveLength(15)
    expect((await client.listResources()).resources.map((resource) => resource.uri)).toContain('test://static-text')
    expect((await client.listPrompts()).prompts.map((prompt) => prompt.name)).toContain('test_simple_prompt')
  })

  it('gets text, images, audio, embedded resources and errors as the toolbox gave them', async () => {
    const types = async (name: string): Promise<string[]> =>
      (await client.callTool({ name, arguments: {} })).content.map((block) => block.type)
    expect(await types('test_image_content')).toEqual(['image'])
    expect(await types('test_audio_content')).toEqual(['audio'])
    expect(await types('test_embedded_resource')).toEqual(['resource'])
    expect(await types('test_multiple_content_types')).toEqual(['text', 'image', 'resource'])
    expect((await client.callTool({ name: 'test_error_handling', arguments: {} })).isError).toBe(true)
  })

  it('reads resources and gets prompts', async () => {
    expect((await client.readResource({ uri: 'test://static-text' })).contents).toHaveLength(1)
    expect((await client.getPrompt({ name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } })).messages).toHaveLength(1)
  })

  it('gets every report of progress before the result', async () => {
    const seen: number[] = []
    await client.callTool(
      { name: 'test_tool_with_progress', arguments: {} },
      { onprogress: (progress) => void seen.push(progress.progress) },
    )
    // The SDK's client drops a report that arrives together with the result; what it saw must be in order.
    expect(seen.length).toBeGreaterThan(0)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })

  it('is asked for what a tool wants of its user and its model', async () => {
    const elicited = await client.callTool({ name: 'test_elicitation', arguments: { message: 'who?' } })
    expect(JSON.stringify(elicited.content)).toContain('ada')
    const sampled = await client.callTool({ name: 'test_sampling', arguments: { prompt: 'say' } })
    expect(JSON.stringify(sampled.content)).toContain('sampled')
  })

  it('is told by the gateway what it decided', async () => {
    const result = await client.callTool({ name: 'test_simple_text', arguments: {} })
    expect(result._meta?.['bailiwick/decision']).toMatchObject({ response: 'allow', aarm: 'ALLOW', tier: 'T2', rule: 'contract:conform' })
  })

  it('is told when a resource changes that it asked about', async () => {
    const told: string[] = []
    client.setNotificationHandler('notifications/resources/updated', (notification) => void told.push(notification.params.uri))
    const uri = 'test://watched-resource'
    if (revision === '2026-07-28') await client.listen({ resourceSubscriptions: [uri] })
    else await client.subscribeResource({ uri })
    await client.callTool({ name: 'test_touch_watched_resource', arguments: {} })
    await expect.poll(() => told, { timeout: 5000 }).toContain(uri)
  })

  it('is refused a method that the gateway does not serve', async () => {
    await expect(
      client.request(
        { method: 'acme/steal', params: {} } as never,
        { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as never,
      ),
    ).rejects.toThrow(/not found/i)
  })
})

describe('the MCP Inspector on the command line', () => {
  const cli = join(dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json')), 'cli/build/cli.js')
  const inspect = async (...args: string[]): Promise<Record<string, unknown>> => {
    const config = join(governed.folder, 'mcp.json')
    await writeFile(config, JSON.stringify({ mcpServers: { bailiwick: { command: process.execPath, args: governed.stdio } } }))
    const { stdout } = await promisify(execFile)(process.execPath, [cli, '--cli', '--config', config, '--server', 'bailiwick', ...args], {
      timeout: 50_000,
    })
    return JSON.parse(stdout) as Record<string, unknown>
  }

  it('lists and calls tools through the gateway', async () => {
    const { tools } = (await inspect('--method', 'tools/list')) as { tools: unknown[] }
    expect(tools).toHaveLength(15)
    const result = await inspect('--method', 'tools/call', '--tool-name', 'test_simple_text')
    expect(result['content']).toEqual([{ type: 'text', text: 'This is a simple text response for testing.' }])
  })
})
