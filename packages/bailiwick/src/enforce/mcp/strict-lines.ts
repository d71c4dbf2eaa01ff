import { Transform } from 'node:stream'
import type { TransformCallback, Writable } from 'node:stream'
import { jsonHazard } from '../../model/json-hazard.ts'

/** The longest line that a client may send, in bytes. */
export const longestLine: number = 8 * 1024 * 1024

/**
 * Stands before the protocol on standard input and lets only lines through that every reader understands alike. A line
 * that is too long, not UTF-8, not JSON, or hazardous is answered with a JSON-RPC error on `answers` and goes no further.
 */
export class StrictLines extends Transform {
  readonly #answers: Writable
  readonly #onPassed: (message: unknown) => void
  readonly #onRefused: (reason: string) => void
  #pending: Buffer[] = []
  #length = 0
  #skipping = false

  /**
   * @param onPassed told of each message that goes on, as it was parsed
   * @param onRefused told why one does not
   */
  constructor(answers: Writable, onPassed: (message: unknown) => void, onRefused: (reason: string) => void) {
    super()
    this.#answers = answers
    this.#onPassed = onPassed
    this.#onRefused = onRefused
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let from = 0
    for (let newline = chunk.indexOf(0x0a); newline !== -1; newline = chunk.indexOf(0x0a, from)) {
      this.#take(chunk.subarray(from, newline))
      this.#endLine()
      from = newline + 1
    }
    this.#take(chunk.subarray(from))
    done()
  }

  #take(part: Buffer): void {
    if (this.#skipping || part.length === 0) return
    this.#length += part.length
    this.#pending.push(part)
    if (this.#length <= longestLine) return
    this.#pending = []
    this.#skipping = true
    this.#refuse(null, -32_600, `the message is over ${longestLine} bytes`)
  }

  #endLine(): void {
    const line = Buffer.concat(this.#pending)
    const skipped = this.#skipping
    this.#pending = []
    this.#length = 0
    this.#skipping = false
    if (skipped || line.length === 0) return
    let text: string
    let message: unknown
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(line)
      message = JSON.parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
      this.#refuse(null, -32_700, 'Parse error')
      return
    }
    const hazard = jsonHazard(text)
    if (hazard !== null) {
      this.#refuse(message, -32_600, `the message was refused: ${hazard}`)
      return
    }
    this.#onPassed(message)
    this.push(Buffer.concat([line, Buffer.from('\n')]))
  }

  #refuse(message: unknown, code: number, reason: string): void {
    const id = (message as { id?: unknown } | null)?.id
    this.#onRefused(reason)
    this.#answers.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: typeof id === 'string' || typeof id === 'number' ? id : null, error: { code, message: reason } })}\n`,
    )
  }
}
