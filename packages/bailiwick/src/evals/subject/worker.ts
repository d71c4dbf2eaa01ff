import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { faultText, overtime } from './agent-end.ts'
import type { AgentEnd } from './agent-end.ts'

/** Megabytes. */
const memory = 512

/** Has a thread of its own carry out an order. One that never ends, or takes too much memory, is ended from outside. */
export async function startWorker(order: unknown, env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<AgentEnd> {
  const worker = new Worker(workerFile(), {
    workerData: order,
    env: { ...env },
    resourceLimits: { maxOldGenerationSizeMb: memory },
    stdout: true,
    stderr: true,
  })
  let errors = ''
  worker.stdout.resume()
  worker.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors = (errors + chunk).slice(-2000)))
  try {
    return await new Promise<AgentEnd>((resolve) => {
      const stop = (): void => resolve({ answer: null, fault: overtime })
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
      worker.once('message', (end: AgentEnd) => resolve(end))
      worker.once('error', (error) => resolve({ answer: null, fault: `the agent failed: ${faultText(error)}` }))
      worker.once('exit', (code) => resolve({ answer: null, fault: exitFault(code, errors) }))
    })
  } finally {
    await worker.terminate()
  }
}

/** The worker beside this file, in source and when built. */
function workerFile(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './module-worker.ts' : './module-worker.js', import.meta.url))
}

/** Node's exit code for a program whose end waits for something that nothing will bring about. */
const unsettled = 13

function exitFault(code: number, errors: string): string {
  if (code === unsettled) return 'the agent waits for something that never comes'
  return `the agent ended its thread with ${code} and without an answer: ${errors.trim().slice(-300)}`
}
