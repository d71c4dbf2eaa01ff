import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const program = ['--conditions=@bailiwick/source', fileURLToPath(new URL('../../packages/bailiwick/src/cli/main.ts', import.meta.url))]
const holdMs = 600_000

/** Runs a command of `bailiwick` in a folder and resolves to what it prints. Rejects when it could not be carried out. */
export async function bailiwick(folder: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [...program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0 && code !== 1)
    throw new Error(`\`bailiwick ${args.join(' ')}\` ended with ${code}: ${Buffer.concat([...errors, ...output]).toString('utf8')}`)
  return Buffer.concat(output).toString('utf8')
}

/** `bailiwick up` in a folder, while it runs. */
export interface Gateway {
  readonly mcp: URL
  close(): Promise<void>
}

export async function startGateway(folder: string): Promise<Gateway> {
  const child = spawn(process.execPath, [...program, 'up', '--port', '0', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), closed])) as [unknown]
  if (typeof line !== 'string') throw new Error('`bailiwick up` did not start')
  return {
    mcp: new URL((JSON.parse(line) as { url: string }).url),
    close: async () => {
      child.kill('SIGTERM')
      await closed
    },
  }
}

/** What an agent's call came to. */
export interface Answer {
  readonly ok: boolean
  readonly text: string
}

/** The assistant's connection to its tools: through the gateway of a folder, for one issue. */
export interface Assistant {
  call(tool: string, args: Record<string, unknown>): Promise<Answer>
  close(): Promise<void>
}

export async function connectAssistant(folder: string): Promise<Assistant> {
  const client = new Client({ name: 'coding-assistant', version: '1.0.0' })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [...program, 'mcp', '--agent', 'ci-coding-assistant', '--goal', 'resolve-issue', '--param', 'issue=7'],
      cwd: folder,
      stderr: 'ignore',
    }),
  )
  return {
    call: async (tool, args) => {
      const result = await client.callTool({ name: tool, arguments: args }, { timeout: holdMs })
      const text = result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
      return { ok: result.isError !== true, text }
    },
    close: () => client.close(),
  }
}

/** Plays a person who looks at what waits for them and agrees to none of it, until `over` says so. Resolves with what they refused. */
export async function refuseAll(folder: string, over: () => boolean): Promise<readonly string[]> {
  const refused: string[] = []
  while (!over()) {
    const waiting = JSON.parse(await bailiwick(folder, 'approvals', '--json')) as { id: string; tool: string }[]
    for (const { id, tool } of waiting) {
      await bailiwick(folder, 'deny', id, '--as', 'lena@corp.example', '--because', 'the issue does not ask for this', '--json')
      refused.push(tool)
    }
  }
  return refused
}
