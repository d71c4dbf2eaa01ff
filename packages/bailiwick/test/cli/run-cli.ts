import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const cli: string = fileURLToPath(new URL('../../../../scripts/bailiwick.ts', import.meta.url))
/** Node keeps what it compiled here from one process to the next, which halves the time of each. */
const compileCache = fileURLToPath(new URL('../../../../node_modules/.cache/node', import.meta.url))

/** The server that the tests offer tools from; see there for its arguments. */
export const fixtureServer: string = fileURLToPath(new URL('fixture-server.ts', import.meta.url))

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line as a process of its own, with nothing of this process's environment but what Node needs. */
export async function runCli(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<CliResult> {
  const child = spawn(process.execPath, ['--conditions=@bailiwick/source', cli, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: options.cwd, NO_COLOR: '1', NODE_COMPILE_CACHE: compileCache, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { code, stdout, stderr }
}

/** An empty folder with these files, gone when the test is over. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bailiwick-cli-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** A client's configuration with these servers. */
export function clientConfig(servers: Readonly<Record<string, unknown>>, key = 'mcpServers'): string {
  return JSON.stringify({ [key]: servers })
}
