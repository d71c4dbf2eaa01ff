import { spawn } from 'node:child_process'
import { milliseconds } from '../../model/quantity.ts'
import type { CommandSecret } from '../../model/secret-source.ts'
import { minimalEnvironment } from './minimal-environment.ts'
import type { SecretManager, SecretReading } from './secret-manager.ts'

/** The most that a program may print, in bytes. */
export const longestSecret: number = 64 * 1024
/** How long it may take, in milliseconds. */
const longestRun = 10_000

export interface SecretCommandOptions {
  /** The folder that the program runs in. */
  readonly base: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: () => number
  /** Milliseconds; ten seconds when absent. */
  readonly timeout?: number
}

/**
 * A secret manager's own client, run without a shell, without input, and with a minimal environment. What it prints is the secret, without the end of
 * the last line; what it says on standard error is nobody's business, for it may quote the secret.
 */
export class SecretCommand implements SecretManager {
  readonly #source: CommandSecret
  readonly #options: SecretCommandOptions
  #current: { readonly reading: Promise<SecretReading>; until: number } | null = null

  constructor(source: CommandSecret, options: SecretCommandOptions) {
    this.#source = source
    this.#options = options
  }

  read(name: string): Promise<SecretReading> {
    if (this.#current !== null && this.#options.clock() < this.#current.until) return this.#current.reading
    // Whoever asks while it runs waits for the same run.
    const current = { reading: this.#run(name).then((reading) => this.#keep(reading)), until: Number.POSITIVE_INFINITY }
    this.#current = current
    return current.reading
  }

  /** What was printed is used until it expires; a failure is not. */
  #keep(reading: SecretReading): SecretReading {
    if (this.#current !== null) this.#current.until = reading.kind === 'secret' ? reading.expires : 0
    return reading
  }

  async #run(name: string): Promise<SecretReading> {
    const [program = '', ...args] = this.#source.command
    const refused = (reason: string): SecretReading => ({
      kind: 'refused',
      reason: `\`${name}\` comes from the command \`${program}\`, which ${reason}`,
    })
    const { base, environment, clock, timeout = longestRun } = this.#options
    const env = minimalEnvironment(environment, this.#source.variables)
    const child = spawn(program, args, { cwd: base, env, stdio: ['ignore', 'pipe', 'ignore'], detached: process.platform !== 'win32' })
    const chunks: Buffer[] = []
    let length = 0
    let problem: string | null = null
    const stop = (reason: string): void => {
      problem ??= reason
      end(child.pid)
      child.stdout.destroy()
    }
    const timer = setTimeout(() => stop(`did not end within ${timeout / 1000} s`), timeout)
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > longestSecret) stop(`printed more than ${longestSecret} bytes`)
      else chunks.push(chunk)
    })
    const code = await new Promise<number | string | null>((resolve) => {
      child.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'))
      child.on('close', resolve)
    })
    clearTimeout(timer)
    if (problem !== null) return refused(problem)
    if (typeof code === 'string') return refused(`cannot be run (${code})`)
    if (code !== 0) return refused(`ended with ${code === null ? 'a signal' : `the code ${code}`}`)
    const value = Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '')
    return { kind: 'secret', value, expires: clock() + milliseconds(this.#source.ttl) }
  }
}

/** Ends a program and what it has started. */
function end(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
