import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = ['--conditions=@bailiwick/source', fileURLToPath(new URL('../../packages/bailiwick/src/cli/main.ts', import.meta.url))]

/** Runs a command of `bailiwick` in a folder and resolves to its JSON. Rejects when it could not be carried out. */
export async function bailiwick(folder: string, ...args: string[]): Promise<unknown> {
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
