import { createHash, randomUUID } from 'node:crypto'
import { canonicalJson } from '../model/json.ts'

/** Stands in the ledger for a payload that is kept outside the tree: it fixes the payload without revealing it. */
export interface Commitment {
  /** `sha256:` and the hash over a domain tag, the salt and the payload's canonical JSON. */
  readonly hash: string
  /** Length of the payload's canonical JSON in bytes. */
  readonly bytes: number
}

/** A payload with its salt, as the store keeps it. */
export interface Payload {
  readonly hash: string
  readonly salt: Uint8Array
  readonly body: string
}

const saltBytes = 16

/** 122 random bits, which Node draws many at a time. */
function freshSalt(): Uint8Array {
  return Buffer.from(randomUUID().replaceAll('-', ''), 'hex')
}

/** Commits to a JSON value under a fresh salt, without which equal or guessable payloads could be recognised by their hash. */
export function commit(value: unknown): { readonly commitment: Commitment; readonly payload: Payload } {
  const body = canonicalJson(value)
  const salt = freshSalt()
  const hash = commitmentHash(salt, body)
  return { commitment: { hash, bytes: Buffer.byteLength(body) }, payload: { hash, salt, body } }
}

/** True when a stored payload is the one that its hash was made of. */
export function isGenuine(payload: Payload): boolean {
  // Of a fixed length, or else bytes could move between salt and body without changing the hash.
  return payload.salt.length === saltBytes && commitmentHash(payload.salt, payload.body) === payload.hash
}

function commitmentHash(salt: Uint8Array, body: string): string {
  return `sha256:${createHash('sha256').update('bailiwick payload v1\n').update(salt).update(body).digest('hex')}`
}
