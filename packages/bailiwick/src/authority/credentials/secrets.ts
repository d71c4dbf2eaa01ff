import { resolve } from 'node:path'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { FoundSecret } from '../../model/secret-source.ts'
import { SecretCommand } from './secret-command.ts'
import { readSecretFile } from './secret-file.ts'
import type { SecretManager } from './secret-manager.ts'

/** Where the gateway looks for secrets. */
export interface SecretPlaces {
  /** The folder that files and programs are relative to. */
  readonly base: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** How many secrets of the past are remembered, to be told when somebody says them. */
const mostKnown = 1000

/** The secrets of a process: each is looked for anew when it is needed, so that one that is replaced is the new one at the next call. */
export class Secrets {
  readonly #clock: () => number
  readonly #managers = new Map<string, SecretManager>()
  readonly #known = new Set<string>()
  #version = 0

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Every secret that was read so far, old ones too. */
  get known(): ReadonlySet<string> {
    return this.#known
  }

  /** Rises with each secret that was not known before. */
  get version(): number {
    return this.#version
  }

  /**
   * The secret that a source has now.
   * @param name what it is, for the words of a fault
   * @throws BailiwickError `SECRET_MISSING` naming the source, never the value
   */
  async read(source: FoundSecret, name: string, places: SecretPlaces): Promise<string> {
    const value = await this.#find(source, name, places)
    const problem = value === '' ? 'is empty' : value.includes('\0') ? 'holds a NUL, which no secret can' : null
    if (problem !== null)
      throw new BailiwickError('SECRET_MISSING', `\`${name}\` ${problem}: ${placeOf(source)}`, { mend: 'put the secret there' })
    this.remember(value)
    return value
  }

  /** Has a secret known that was not read here. */
  remember(value: string): void {
    if (this.#known.has(value)) return
    this.#version += 1
    this.#known.add(value)
    const [oldest] = this.#known
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest)
  }

  async #find(source: FoundSecret, name: string, places: SecretPlaces): Promise<string> {
    if ('file' in source) return readSecretFile(resolve(places.base, source.file))
    if ('env' in source) {
      const value = places.environment[source.env]
      if (value !== undefined) return value
      throw new BailiwickError('SECRET_MISSING', `\`${name}\` comes from the variable \`${source.env}\`, which is not set`, {
        mend: 'set it in the environment of the gateway',
      })
    }
    const key = JSON.stringify([places.base, source])
    const manager = this.#managers.get(key) ?? new SecretCommand(source, { ...places, clock: this.#clock })
    this.#managers.set(key, manager)
    const reading = await manager.read(name)
    if (reading.kind === 'secret') return reading.value
    throw new BailiwickError('SECRET_MISSING', reading.reason, { mend: 'run the command by hand, as the user that the gateway runs as' })
  }
}

/** Where a secret is looked for, in words. */
export function placeOf(source: FoundSecret): string {
  if ('env' in source) return `the variable \`${source.env}\``
  return 'file' in source ? `the file \`${source.file}\`` : `the command \`${source.command[0] ?? ''}\``
}
