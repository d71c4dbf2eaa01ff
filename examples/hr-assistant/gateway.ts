import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { ToolResult } from 'bailiwick/evals'
import type { AgentTask } from './agent-task.ts'

const program = ['--conditions=@bailiwick/source', fileURLToPath(new URL('../../packages/bailiwick/src/cli/main.ts', import.meta.url))]
const holdMs = 600_000

/** Runs a command of `bailiwick` in a folder and resolves to its JSON. Rejects when it could not be carried out. */
export async function bailiwick(folder: string, ...args: string[]): Promise<unknown> {
  const child = spawn(process.execPath, [...program, ...args, '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0 && code !== 1)
    throw new Error(`\`bailiwick ${args.join(' ')}\` ended with ${code}: ${Buffer.concat([...errors, ...output]).toString('utf8')}`)
  return JSON.parse(Buffer.concat(output).toString('utf8')) as unknown
}

/** A session of the assistant at the gateway. */
export interface Governed {
  readonly task: AgentTask
  readonly session: string
  /** Everything that the assistant was shown so far, in its order. */
  readonly shown: readonly ToolResult[]
  readonly close: () => Promise<void>
}

/** Starts the gateway of a folder for one opening, and connects to it over stdio. */
export async function connectAssistant(folder: string, opening: string): Promise<Governed> {
  const request = `Summarise the candidates for ${opening} for the hiring manager.`
  const goal = ['--agent', 'hr-assistant', '--goal', 'candidate-summary', '--param', `opening=${opening}`]
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...program, 'mcp', ...goal, '--person', 'lena@corp.example', '--request', request],
    cwd: folder,
    stderr: 'pipe',
  })
  let stderr = ''
  transport.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  const client = new Client({ name: 'hr-assistant', version: '1.0.0' })
  await client.connect(transport)
  const shown: ToolResult[] = []
  const call: AgentTask['call'] = async (name, args) => {
    const answer = (await client.callTool({ name, arguments: args }, { timeout: holdMs })) as ToolResult
    shown.push(answer)
    return answer
  }
  const session = /session (ses_[\w-]+)/.exec(stderr)?.[1]
  if (session === undefined) throw new Error(`the gateway opened no session: ${stderr}`)
  return { task: { request, goal: 'candidate-summary', params: { opening }, call }, session, shown, close: () => client.close() }
}

/** Plays a person who agrees to whatever they are asked, until `over` says so. Resolves with the tools that they were asked about. */
export async function agreeToAll(folder: string, over: () => boolean): Promise<readonly string[]> {
  const agreed: string[] = []
  while (!over()) {
    const waiting = (await bailiwick(folder, 'approvals')) as { id: string; tool: string }[]
    for (const { id, tool } of waiting) {
      await bailiwick(folder, 'approve', id, '--as', 'lena@corp.example', '--because', 'it looks right')
      agreed.push(tool)
    }
  }
  return agreed
}
