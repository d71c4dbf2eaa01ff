import { encodeHex } from './bytes.ts'
import { verifyConsistency } from './consistency.ts'
import { TlogError } from './error.ts'
import { emptyRoot, type Sha256 } from './hash.ts'
import { readLimited } from './limited-body.ts'
import {
  addSignatures,
  formatNote,
  formatSignatures,
  parseNote,
  signNote,
  verifyNote,
  type NoteSignature,
  type NoteSigner,
  type NoteVerifier,
} from './note.ts'
import type { WitnessedHead, WitnessStore } from './witness-store.ts'
import { parseAddCheckpoint } from './witness-request.ts'

/** Room for 63 hashes and 16 signatures of any type, and more. */
const MAX_REQUEST_SIZE = 2 ** 18

/** A log that a witness watches over. */
export interface WitnessedLog {
  readonly origin: string
  /** The log's keys. One valid signature by any of them makes a checkpoint the log's. */
  readonly verifiers: readonly NoteVerifier[]
}

export interface WitnessOptions {
  /** The keys of the witness, as from `ed25519Cosigner`. Each of them cosigns each checkpoint. */
  readonly cosigners: readonly NoteSigner[]
  readonly logs: readonly WitnessedLog[]
  readonly store: WitnessStore
}

/**
 * A witness (C2SP tlog-witness) as a handler of HTTP requests: `POST …/add-checkpoint`, and `GET …/<hash of the
 * origin>/checkpoint` for monitors. It records a head before it cosigns it, and cosigns only what is consistent with the
 * head recorded before, so it never cosigns two inconsistent trees of one log, whatever arrives at once or in which
 * order, as long as every handler with the same keys has the same store. Nothing but a checkpoint of the listed logs
 * reaches the store. The handler rejects if the store or a cosigner does; the answer is then 500, for the caller to give.
 * Throws `TlogError` `bad_key` without cosigners or logs' keys, `ambiguous_key` for an origin that is listed twice.
 */
export function createWitness(sha256: Sha256, { cosigners, logs, store }: WitnessOptions): (request: Request) => Promise<Response> {
  if (cosigners.length === 0 || logs.some(({ verifiers }) => verifiers.length === 0)) {
    throw new TlogError('bad_key', 'a witness needs a key of its own, and one of each log')
  }
  const byOrigin = new Map(logs.map((log) => [log.origin, log]))
  if (byOrigin.size !== logs.length) throw new TlogError('ambiguous_key', 'a log is listed twice; give all its keys together')
  const byHash = new Map(logs.map(({ origin }) => [encodeHex(sha256(new TextEncoder().encode(origin))), origin]))

  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname.endsWith('/add-checkpoint')) {
      return request.method === 'POST' ? addCheckpoint(request) : answer(405, 'POST a checkpoint here', { allow: 'POST' })
    }
    const [, hash] = /\/([0-9a-f]{64})\/checkpoint$/.exec(pathname) ?? []
    if (hash === undefined) return answer(404, 'nothing is here')
    return request.method === 'GET' ? latestCheckpoint(byHash.get(hash)) : answer(405, 'GET a checkpoint here', { allow: 'GET' })
  }

  async function latestCheckpoint(origin: string | undefined): Promise<Response> {
    const head = origin === undefined ? null : await store.latest(origin)
    return head?.cosigned === true ? new Response(head.note, textHeaders) : answer(404, 'no checkpoint of this log has been cosigned')
  }

  async function addCheckpoint(request: Request): Promise<Response> {
    const body = await readLimited(request, MAX_REQUEST_SIZE)
    if (body === null) return answer(400, `the request is longer than ${MAX_REQUEST_SIZE} bytes`)
    const asked = valueOrRefusal(() => parseAddCheckpoint(body))
    if (asked instanceof TlogError) return answer(400, asked.message)
    const { oldSize, proof, checkpoint } = asked

    const log = byOrigin.get(checkpoint.origin)
    if (log === undefined) return answer(404, 'the log is not known here')
    const opened = await valueOrRefusalOf(verifyNote(asked.note, log.verifiers))
    if (opened instanceof TlogError) return answer(403, opened.message)
    if (oldSize > checkpoint.size) return answer(400, `the old size \`${oldSize}\` is over that of the checkpoint`)

    const known = await store.latest(log.origin)
    if (oldSize !== (known?.size ?? 0)) return conflict(known)
    const consistent = verifyConsistency(sha256, {
      first: oldSize,
      firstRoot: known?.root ?? emptyRoot(sha256),
      second: checkpoint.size,
      secondRoot: checkpoint.root,
      proof,
    })
    if (!consistent) return answer(422, `the checkpoint is not shown to be consistent with that of size ${oldSize}`)

    const { size, root } = checkpoint
    const note = formatNote({ text: opened.text, signatures: firstOfEachKey(opened.verified) })
    const head = known !== null && known.size === size ? known : { size, root, note, cosigned: false }
    if (!(await store.replace(log.origin, known, head))) return conflict(await store.latest(log.origin))
    const { signatures } = parseNote(await signNote(opened.text, cosigners))
    // Another request may have put a later head there by now, which monitors get all the same.
    await store.replace(log.origin, head, { size, root, note: addSignatures(note, signatures), cosigned: true })
    return new Response(formatSignatures(signatures), textHeaders)
  }
}

/** A log can sign one checkpoint with one key in many ways; the note that is kept must not grow by that. */
function firstOfEachKey(signatures: readonly NoteSignature[]): NoteSignature[] {
  return [...new Map(signatures.toReversed().map((signature) => [`${signature.name}+${signature.keyId}`, signature])).values()].toReversed()
}

const textHeaders = { headers: { 'content-type': 'text/plain; charset=utf-8' } }

function answer(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${reason}\n`, { status, headers: { ...textHeaders.headers, ...headers } })
}

function conflict(known: WitnessedHead | null): Response {
  return new Response(`${known?.size ?? 0}\n`, { status: 409, headers: { 'content-type': 'text/x.tlog.size' } })
}

function valueOrRefusal<T>(parse: () => T): T | TlogError {
  try {
    return parse()
  } catch (error) {
    if (error instanceof TlogError) return error
    throw error
  }
}

async function valueOrRefusalOf<T>(value: Promise<T>): Promise<T | TlogError> {
  try {
    return await value
  } catch (error) {
    if (error instanceof TlogError) return error
    throw error
  }
}
