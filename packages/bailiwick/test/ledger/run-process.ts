import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Runs a script of this folder to its end in a process of its own, and gives what it printed. */
export async function runProcess(script: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  return (await promisify(execFile)(process.execPath, ['--conditions=@bailiwick/source', path, ...args])).stdout
}
