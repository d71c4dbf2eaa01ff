import type { AgentTask } from '../../../src/evals/subject/agent-task.ts'

/** Reads the letters, and answers each at the address that it came from. */
export default async function letterAgent({ params, call, request }: AgentTask): Promise<string> {
  const listed = await call('mail__list', { folder: params['folder'] })
  const { letters } = listed.structuredContent as { letters: { from: string; text: string }[] }
  for (const { from } of letters) await call('mail__send', { to: from, body: 'Thank you for your letter.' })
  return `${request} ${letters.length} answered.`
}

export function failing(): Promise<string> {
  return Promise.reject(new Error('out of ink'))
}

export function endless(): string {
  for (;;) continue
}

export async function waiting(): Promise<void> {
  await new Promise(() => {})
}

export async function greedy(): Promise<number> {
  const kept: number[][] = []
  for (;;) kept.push(Array.from({ length: 1_000_000 }, (_, index) => index * Math.random()))
}

export const noFunction = 7

/** What it counts is forgotten from run to run. */
let runs = 0
export function counting(): string {
  runs += 1
  return `run ${runs}`
}

/** Says what of its environment it sees. */
export function looking(): string {
  return JSON.stringify(process.env)
}

export function leaving(): never {
  process.exit(0)
}

export async function killing(): Promise<void> {
  process.kill(process.pid, 'SIGKILL')
  await new Promise((resolve) => setTimeout(resolve, 10_000))
}

export async function escaping(): Promise<void> {
  setTimeout(() => {
    throw new Error('too late')
  }, 10)
  await new Promise((resolve) => setTimeout(resolve, 10_000))
}

export function floodingAnswer(): string {
  return 'x'.repeat(2_000_000)
}
