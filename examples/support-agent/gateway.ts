import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { ToolResult } from 'bailiwick/evals'
import type { AgentTask } from './agent-task.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const program = ['--conditions=@bailiwick/source', fileURLToPath(new URL('../../packages/bailiwick/src/cli/main.ts', import.meta.url))]
const holdMs = 600_000

/** Runs a command of `bailiwick` on the example and resolves to its JSON, or null when it prints none. Rejects when it could not be carried out. */
export async function bailiwick(...args: string[]): Promise<unknown> {
  const child = spawn(process.execPath, [...program, ...args, '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0 && code !== 1)
    throw new Error(`\`bailiwick ${args.join(' ')}\` ended with ${code}: ${Buffer.concat([...errors, ...output]).toString('utf8')}`)
  const said = Buffer.concat(output).toString('utf8')
  return said === '' ? null : (JSON.parse(said) as unknown)
}

/** A task whose tools are those that the gateway gives an agent, and the session that is open for it. */
export interface GovernedTask {
  readonly task: AgentTask
  readonly session: string
  close(): Promise<void>
}

/** Opens a session for one ticket, on behalf of Lena; keys and ledger are in the folder `state` where one is given. */
export async function openTask(ticket: string, state: string | null = null): Promise<GovernedTask> {
  const request = `Resolve ${ticket}.`
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      ...program,
      'mcp',
      '--agent',
      'support-agent',
      '--goal',
      'resolve-ticket',
      '--param',
      `ticket=${ticket}`,
      '--person',
      'lena@corp.example',
      '--request',
      request,
      ...(state === null ? [] : ['--state', state]),
    ],
    cwd: folder,
    stderr: 'pipe',
  })
  let said = ''
  transport.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  const client = new Client({ name: 'support-agent', version: '1.0.0' })
  await client.connect(transport)
  const session = /session (ses_[\w-]+)/.exec(said)?.[1]
  if (session === undefined) throw new Error(`the gateway opened no session: ${said}`)
  const call = async (tool: string, args: Record<string, unknown>): Promise<ToolResult> => {
    const { content, structuredContent, isError = false } = await client.callTool({ name: tool, arguments: args }, { timeout: holdMs })
    return { content, isError, ...(structuredContent !== undefined && { structuredContent: structuredContent as Record<string, unknown> }) }
  }
  return {
    task: { request, goal: 'resolve-ticket', params: { ticket }, call },
    session,
    close: () => client.close(),
  }
}

/** The recording proxy before a provider of models, for the agent of a session. */
export interface RecordedModels {
  /** The base URL that the agent is given in the place of the provider's. */
  readonly url: string
  close(): Promise<void>
}

/** Starts `bailiwick models` before the provider at `to`, whose key the agent never sees. */
export async function recordModels(session: string, to: string, key: string, state: string): Promise<RecordedModels> {
  const args = ['models', '--session', session, '--to', to, '--key-env', 'PROVIDER_KEY', '--state', state, '--json']
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: folder,
    env: { ...process.env, PROVIDER_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const [line] = (await Promise.race([once(child.stdout, 'data'), closed])) as [unknown]
  if (!Buffer.isBuffer(line)) throw new Error('`bailiwick models` did not start')
  return {
    url: (JSON.parse(line.toString('utf8')) as { openai: string }).openai,
    close: async () => {
      child.kill('SIGTERM')
      await closed
    },
  }
}
