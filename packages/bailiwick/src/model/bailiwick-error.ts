import type { Diagnostic } from './diagnostic.ts'
import type { ErrorCode } from './error-codes.ts'

/** The one error that Bailiwick throws on purpose. Anything else that escapes is a defect of ours. */
export class BailiwickError extends Error {
  override readonly name = 'BailiwickError'
  readonly code: ErrorCode
  /** What to do about it, as one sentence; null when the message says it all. */
  readonly mend: string | null
  /** The findings behind the fault when it concerns files, in the order of their places; otherwise empty. */
  readonly diagnostics: readonly Diagnostic[]

  constructor(code: ErrorCode, message: string, options: { mend?: string; diagnostics?: readonly Diagnostic[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.mend = options.mend ?? null
    this.diagnostics = options.diagnostics ?? []
  }
}
