import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { faultText, overtime } from './agent-end.ts'
import type { AgentEnd } from './agent-end.ts'
import { killGroup, longestAnswer } from './process-group.ts'

/** Megabytes. */
const memory = 512

/**
 * Has a process of its own carry out an order: what it does to itself it does to itself alone. One that never ends, or takes too much memory,
 * is ended from outside, with all that it started.
 */
export async function inOwnProcess(order: object, env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<AgentEnd> {
  const child = fork(agentProcess(), {
    env: { ...env },
    execArgv: [...process.execArgv, `--max-old-space-size=${memory}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  let errors = ''
  child.stdout?.resume()
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (errors = (errors + chunk).slice(-4000)))
  try {
    return await new Promise<AgentEnd>((resolve) => {
      const fail = (fault: string): void => resolve({ answer: null, fault })
      signal.addEventListener('abort', () => fail(overtime), { once: true })
      if (signal.aborted) fail(overtime)
      child.once('message', (end) => resolve(checked(end)))
      child.once('error', (error) => fail(`the agent failed: ${faultText(error)}`))
      child.once('close', (code, killed) => fail(exitFault(code, killed, errors)))
      // One that is gone already says so by closing.
      child.send(order, () => {})
    })
  } finally {
    killGroup(child)
  }
}

/** What a process says of its own end may be anything. */
function checked(end: unknown): AgentEnd {
  const { answer, fault } = (typeof end === 'object' && end !== null ? end : {}) as { answer?: unknown; fault?: unknown }
  if (typeof fault === 'string') return { answer: null, fault: fault.slice(0, 2000) }
  if (typeof answer !== 'string') return { answer: null, fault: null }
  return answer.length > longestAnswer
    ? { answer: null, fault: `the agent answered with more than ${longestAnswer} characters` }
    : { answer, fault: null }
}

function exitFault(code: number | null, killed: string | null, errors: string): string {
  if (code === 0) return 'the agent ended its process without an answer, or waits for something that never comes'
  if (errors.includes('heap out of memory')) return `the agent took more memory than its limit of ${memory} MB`
  const last = errors.trim().split('\n').slice(0, 8).join('\n').slice(-500)
  return `the agent ended ${killed === null ? `with exit code ${code ?? 0}` : `by ${killed}`} and without an answer${last === '' ? '' : `: ${last}`}`
}

/** The program beside this file, in source and when built. */
function agentProcess(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './agent-process.ts' : './agent-process.js', import.meta.url))
}
