import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { connectAgent } from './agent.ts'
import type { Agent } from './agent.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const program = ['--conditions=@bailiwick/source', fileURLToPath(new URL('../../packages/bailiwick/src/cli/main.ts', import.meta.url))]

/** Runs a command of `bailiwick` on the example and resolves to its JSON. Rejects when it could not be carried out. */
export async function bailiwick(...args: string[]): Promise<unknown> {
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

/** An agent whose only tools are those that the gateway gives it for one week's report. `smtpUrl` is the gateway's secret. */
export function governedAgent(name: string, week: string, request: string, smtpUrl: string): Promise<Agent> {
  return connectAgent({
    command: process.execPath,
    args: [
      ...program,
      'mcp',
      '--agent',
      'sales-analyst',
      '--goal',
      'weekly-sales-report',
      '--param',
      `week=${week}`,
      '--person',
      'maria@corp.example',
      '--request',
      request,
    ],
    cwd: folder,
    env: { SMTP_URL: smtpUrl },
    name,
  })
}

/** The session that an agent's gateway opened, as it says on standard error. */
export function sessionOf(agent: Agent): string {
  const found = /session (ses_[\w-]+)/.exec(agent.stderr())
  if (found === null) throw new Error(`the gateway opened no session: ${agent.stderr()}`)
  return found[1] as string
}

interface Waiting {
  readonly id: string
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
}

/** Plays the person who approves: waits for one action to ask for approval, looks at it, and approves it with a command of its own. */
export async function approveOne(session: string, check: (waiting: Waiting) => boolean): Promise<Waiting> {
  for (;;) {
    const waiting = ((await bailiwick('approvals')) as (Waiting & { session: string })[]).find((one) => one.session === session)
    if (waiting === undefined) continue
    if (!check(waiting)) throw new Error(`the person was asked to approve something else: ${JSON.stringify(waiting.arguments)}`)
    await bailiwick(
      'approve',
      waiting.id,
      '--as',
      'maria@corp.example',
      '--because',
      'the report is for the managers and has no customer in it',
    )
    return waiting
  }
}
