import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UnderTest } from '../suite/suite.ts'
import type { AgentEnd } from './agent-end.ts'
import { overtime } from './agent-end.ts'
import type { TaskAbout } from './connect-task.ts'
import { killGroup, longestAnswer } from './process-group.ts'
import { inheritedEnvironment, taskEnvironment } from './task-environment.ts'

const longestErrors = 2000

/**
 * Runs an agent that is a program. It finds what to do in its environment (`BAILIWICK_REQUEST`, `_GOAL`, `_PARAMS`, `_MCP_URL`, `_MCP_TOKEN`,
 * `_MCP_CONFIG`, and the model's address and key under the names that the SDKs read), or where its arguments say `${request}`, `${mcp.url}`,
 * `${mcp.token}`, `${mcp.config}`. What it writes to standard output is its answer.
 */
export async function runCommand({ command, cwd, env }: Extract<UnderTest, { kind: 'command' }>, about: TaskAbout): Promise<AgentEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-eval-'))
  try {
    const config = join(folder, 'mcp.json')
    const { url, token } = about.mcp
    const entry = { type: 'http', url, headers: { Authorization: `Bearer ${token}` } }
    writeFileSync(config, JSON.stringify({ mcpServers: { bailiwick: entry } }), { mode: 0o600 })
    return await run(command.map(placed({ request: about.request, 'mcp.url': url, 'mcp.token': token, 'mcp.config': config })), {
      cwd,
      signal: about.signal,
      input: about.request,
      env: { ...inheritedEnvironment(), ...taskEnvironment(about, config), ...env },
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The values given in one pass, so that none of them is read for further references. */
function placed(values: Readonly<Record<string, string>>): (argument: string) => string {
  return (argument) => argument.replaceAll(/\$\{(request|mcp\.url|mcp\.token|mcp\.config)\}/g, (_, name: string) => values[name] ?? '')
}

interface RunOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input: string
  readonly signal: AbortSignal
}

async function run([program = '', ...args]: readonly string[], { cwd, env, input, signal }: RunOptions): Promise<AgentEnd> {
  // In a group of its own, so that what it starts ends with it.
  const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const kill = (): void => killGroup(child)
  signal.addEventListener('abort', kill, { once: true })
  if (signal.aborted) kill()
  let [answer, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (answer.length > longestAnswer) kill()
    else answer += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors = (errors + chunk).slice(-longestErrors)))
  // A program that reads no input may end before all of it is written.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  try {
    const [code, killed] = (await once(child, 'close')) as [number | null, string | null]
    if (signal.aborted) return { answer: null, fault: overtime }
    if (answer.length > longestAnswer) return { answer: null, fault: `the agent wrote more than ${longestAnswer} characters` }
    const text = answer.trim()
    const how = killed === null ? `with exit code ${code ?? 0}` : `by ${killed}`
    return { answer: text === '' ? null : text, fault: code === 0 ? null : `the agent ended ${how}: ${errors.trim().slice(-500)}` }
  } catch (error) {
    return { answer: null, fault: `the agent cannot be started: ${(error as Error).message}` }
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
  }
}
