import { cosignatureTime } from './cosignature.ts'
import { TlogError } from './error.ts'
import { readLimited } from './limited-body.ts'
import { decodeText } from './note-text.ts'
import { addSignatures, parseNote, parseSignatures, sortSignatures, type NoteSignature, type NoteVerifier } from './note.ts'
import { parseSize } from './size.ts'
import { formatAddCheckpoint, type AddCheckpoint } from './witness-request.ts'

const MAX_ANSWER_SIZE = 2 ** 18
const DEFAULT_TIMEOUT = 10_000

/** Signature types that begin with a time, which a witness must not leave out (C2SP tlog-cosignature). */
const TIMED_TYPES: ReadonlySet<number> = new Set([4, 6])

/** A witness as its clients know it. */
export interface WitnessPeer {
  /** The submission prefix, to which `/add-checkpoint` is added. */
  readonly url: string
  /** The witness's keys, as from `ed25519CosignatureVerifier`. */
  readonly verifiers: readonly NoteVerifier[]
}

export interface WitnessClientOptions {
  /** Sends a request; the global `fetch` by default. */
  readonly fetch?: (request: Request) => Promise<Response>
  /** Milliseconds until the whole answer must be there; 10,000 by default. */
  readonly timeout?: number
}

/**
 * What a witness answered: its verified cosignatures, and the checkpoint with them; that it knows the log at another
 * size, from which a proof can be made; or that it refuses, by the HTTP status: 400 malformed, 403 not signed by a known
 * key of the log, 404 unknown log, 422 not shown to be consistent.
 */
export type WitnessAnswer =
  | { readonly outcome: 'cosigned'; readonly cosignatures: readonly NoteSignature[]; readonly note: string }
  | { readonly outcome: 'conflict'; readonly size: number }
  | { readonly outcome: 'refused'; readonly status: 400 | 403 | 404 | 422; readonly reason: string }

/**
 * Asks a witness to cosign a checkpoint (C2SP tlog-witness). Only cosignatures over this very checkpoint that verify
 * with the given keys are accepted; those by other keys are passed over. Throws `TlogError`: `witness_unreachable` if
 * there is no whole answer in time, `bad_answer` if it is not one that the protocol allows, `ambiguous_key` as
 * `verifyNote`, and as `formatAddCheckpoint`.
 */
export async function addCheckpoint(
  witness: WitnessPeer,
  request: AddCheckpoint,
  { fetch = globalThis.fetch, timeout = DEFAULT_TIMEOUT }: WitnessClientOptions = {},
): Promise<WitnessAnswer> {
  const url = `${witness.url.replace(/\/$/, '')}/add-checkpoint`
  const body = formatAddCheckpoint(request)
  const { status, type, text } = await within(timeout, url, async (signal) => {
    const response = await fetch(new Request(url, { method: 'POST', body, signal, redirect: 'error' }))
    const bytes = await readLimited(response, MAX_ANSWER_SIZE)
    if (bytes === null) throw badAnswer(url, `it is longer than ${MAX_ANSWER_SIZE} bytes`)
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      text: decodeText('bad_answer', `the answer of \`${url}\``, bytes),
    }
  })
  switch (status) {
    case 200:
      return cosigned(url, witness, request.note, text)
    case 400:
    case 403:
    case 404:
    case 422:
      return { outcome: 'refused', status, reason: text.trim().slice(0, 1000) }
    case 409: {
      const size = text.endsWith('\n') ? parseSize(text.slice(0, -1)) : null
      if (type.split(';')[0]?.trim().toLowerCase() === 'text/x.tlog.size' && size !== null) return { outcome: 'conflict', size }
      throw badAnswer(url, 'it has status 409 without a tree size')
    }
    default:
      throw badAnswer(url, `it has status ${status}`)
  }
}

async function cosigned(url: string, { verifiers }: WitnessPeer, note: string, lines: string): Promise<WitnessAnswer> {
  const { text } = parseNote(note)
  const cosignatures: NoteSignature[] = []
  try {
    const { verified } = await sortSignatures({ text, signatures: parseSignatures(lines) }, verifiers)
    cosignatures.push(...verified)
  } catch (error) {
    if (!(error instanceof TlogError) || error.code === 'ambiguous_key') throw error
    throw badAnswer(url, error.message, error)
  }
  const timed = (signature: NoteSignature): boolean => {
    const verifier = verifiers.find(({ key }) => key.name === signature.name && key.id === signature.keyId)
    return verifier === undefined || !TIMED_TYPES.has(verifier.key.type) || cosignatureTime(signature.signature) > 0
  }
  if (!cosignatures.every(timed)) throw badAnswer(url, 'a cosignature has no time')
  if (cosignatures.length === 0) throw badAnswer(url, 'no cosignature is by a known key of the witness')
  return { outcome: 'cosigned', cosignatures, note: addSignatures(note, cosignatures) }
}

function badAnswer(url: string, problem: string, cause?: Error): TlogError {
  return new TlogError('bad_answer', `the answer of \`${url}\` is not that of a witness: ${problem}`, { cause })
}

/** What `send` resolves to, if it does in time; the signal it is given then says stop, should it listen. */
async function within<T>(timeout: number, url: string, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TlogError('witness_unreachable', `\`${url}\` did not answer within ${timeout} ms`))
      stop.abort()
    }, timeout)
  })
  try {
    return await Promise.race([send(stop.signal), late])
  } catch (error) {
    if (error instanceof TlogError && (error.code === 'bad_answer' || error.code === 'witness_unreachable')) throw error
    throw new TlogError('witness_unreachable', `\`${url}\` gave no answer: ${String(error)}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
