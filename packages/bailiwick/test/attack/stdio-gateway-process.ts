import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { AttackInstallation } from './installation.ts'

export interface Answer {
  readonly id?: number | string | null
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: ToolResult & Record<string, unknown>
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

interface ToolResult {
  readonly content?: readonly { readonly type: string; readonly text?: string }[]
  readonly isError?: boolean
  readonly _meta?: Record<string, unknown> & { readonly 'bailiwick/decision'?: DecisionMeta }
}

export interface DecisionMeta {
  readonly call: string
  readonly response: string
  readonly tier: string
  readonly rule: string
  readonly reason: string
}

/** No gateway of a test lives longer. */
const longestLife = 150_000

/** `bailiwick mcp` as a process, and a client of it that can say anything at all. */
export class StdioGateway {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  /** Messages that answer no request of ours. */
  readonly unasked: Answer[] = []
  stderr = ''
  readonly #exit: Promise<unknown>
  readonly #waiting = new Map<number | string, (answer: Answer) => void>()
  readonly #failing = new Set<() => void>()
  readonly #limit: NodeJS.Timeout
  #counter = 0
  #pending = ''

  constructor(installation: AttackInstallation, ...options: readonly string[]) {
    const { args, env } = installation.command('mcp', '--agent', 'agent', '--goal', 'goal', ...options)
    this.child = spawn(process.execPath, args, { cwd: installation.folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#exit = once(this.child, 'exit')
    this.child.once('close', () => {
      for (const fail of this.#failing) fail()
    })
    this.#limit = setTimeout(() => this.child.kill('SIGKILL'), longestLife)
    // A gateway that was killed takes no more; the tests that kill it know.
    this.child.stdin.on('error', () => {})
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
  }

  /** Starts a gateway and shakes hands with it as a client of 2025-06-18. */
  static async start(installation: AttackInstallation, ...options: readonly string[]): Promise<StdioGateway> {
    const gateway = new StdioGateway(installation, ...options)
    try {
      await gateway.initialize()
    } catch (error) {
      await gateway.kill()
      throw new Error(`the gateway did not start: ${gateway.stderr}`, { cause: error })
    }
    return gateway
  }

  get session(): string {
    return /session (ses_[\w-]+)/.exec(this.stderr)?.[1] ?? ''
  }

  async initialize(): Promise<void> {
    await this.request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: { sampling: {}, elicitation: {}, roots: {} },
      clientInfo: { name: 'attacker', version: '1.0.0' },
    })
    this.write({ jsonrpc: '2.0', method: 'notifications/initialized' })
  }

  /** Writes a message as a line, or a text or bytes just as they are. */
  write(message: unknown): void {
    this.child.stdin.write(typeof message === 'string' || message instanceof Uint8Array ? message : `${JSON.stringify(message)}\n`)
  }

  /** The id that the next request will have. */
  get nextId(): number {
    return this.#counter + 1
  }

  /** Sends a request; rejects when no answer comes in `within` milliseconds. */
  request(method: string, params: unknown = {}, within = 15_000): Promise<Answer> {
    this.#counter += 1
    const id = this.#counter
    const answered = this.answerTo(id, within)
    this.write({ jsonrpc: '2.0', id, method, params })
    return answered
  }

  /** The answer to a request that was written by hand. */
  answerTo(id: number | string, within = 15_000): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = (done: () => void): void => {
        clearTimeout(timer)
        this.#failing.delete(ended)
        this.#waiting.delete(id)
        done()
      }
      const fail = (why: string): void =>
        settle(() => reject(new Error(`no answer to ${id}: ${why}; the gateway said: ${this.stderr.slice(-2000)}`)))
      const timer = setTimeout(() => fail(`none came within ${within} ms`), within)
      const ended = (): void => fail('the gateway has ended')
      this.#failing.add(ended)
      this.#waiting.set(id, (answer) => settle(() => resolve(answer)))
    })
  }

  call(name: string, args: Record<string, unknown>, within = 15_000): Promise<Answer> {
    return this.request('tools/call', { name, arguments: args }, within)
  }

  /** Ends the client's side and waits for the gateway to end. */
  async stop(): Promise<void> {
    this.child.stdin.end()
    await this.exited()
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited()
  }

  async exited(): Promise<void> {
    await this.#exit
    clearTimeout(this.#limit)
  }

  #take(text: string): void {
    const lines = (this.#pending + text).split('\n')
    this.#pending = lines.pop() as string
    for (const line of lines) {
      const message = JSON.parse(line) as Answer
      const waiting =
        message.method === undefined && message.id !== undefined && message.id !== null ? this.#waiting.get(message.id) : undefined
      if (waiting === undefined) this.unasked.push(message)
      else waiting(message)
    }
  }
}

/** The text of a tool's result. */
export function textOf(answer: Answer): string {
  return (answer.result?.content ?? []).map((block) => block.text ?? block.type).join(' ')
}

/** The decision that the gateway says was made of a call. */
export function decisionOf(answer: Answer): DecisionMeta | undefined {
  return answer.result?._meta?.['bailiwick/decision']
}
