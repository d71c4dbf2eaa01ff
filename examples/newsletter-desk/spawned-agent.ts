import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer } from './gateway-door.ts'
import type { Order } from './sub-agent.ts'

/** A sub-agent that was started, as its parent sees it. */
export class SpawnedAgent {
  readonly name: string
  readonly #process: ChildProcess

  constructor(name: string, keyFile: string) {
    this.name = name
    this.#process = fork(fileURLToPath(new URL('sub-agent.ts', import.meta.url)), [name, keyFile], { execArgv: [...process.execArgv] })
  }

  /** Its word about itself, for the gateway at `audience`. */
  word(audience: string): Promise<string> {
    return this.#ask<string>({ do: 'introduce', by: 'word', audience })
  }

  /** Its public key. */
  publicKey(): Promise<string> {
    return this.#ask<string>({ do: 'introduce', by: 'key', audience: '' })
  }

  /** Resolves with the names of the tools that it finds. */
  connect(mcp: URL, token: string): Promise<readonly string[]> {
    return this.#ask<readonly string[]>({ do: 'connect', mcp: mcp.href, token })
  }

  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#ask<Answer>({ do: 'call', tool, args })
  }

  async end(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.disconnect()
    await ended
  }

  async #ask<T>(order: Order): Promise<T> {
    this.#process.send(order)
    const [{ answer, error }] = (await once(this.#process, 'message')) as [{ readonly answer: T; readonly error?: string }]
    if (error !== undefined) throw new Error(`${this.name}: ${error}`)
    return answer
  }
}
