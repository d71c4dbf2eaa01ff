import { createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Payload } from '../commitment.ts'
import { nonceBytes, opened, sealed } from './master-key.ts'
import type { MasterKey } from './master-key.ts'

/** A key of the vault as a store keeps it: of one session and one process, wrapped by the master key. */
export interface VaultKey {
  readonly id: string
  /** Null for what belongs to no session. */
  readonly session: string | null
  readonly wrapped: Uint8Array
  /** When it was made, in milliseconds since 1970. */
  readonly made: number
}

/** A payload as a store keeps it. Its salt is sealed with it: without salt, what was committed to cannot be guessed and tried either. */
export interface SealedPayload {
  readonly hash: string
  readonly key: string
  readonly nonce: Uint8Array
  readonly body: Uint8Array
}

interface LiveKey extends VaultKey {
  readonly key: KeyObject
  /** How many payloads were sealed under it. No two processes share a key, and none outlives its process. */
  sealed: number
}

const keyBytes = 32
const saltBytes = 16
/** How many keys are kept at hand; one that is not is unwrapped again, or made anew. */
const mostKeys = 10_000

/**
 * Seals payloads under a key for each session, so that to destroy that key is to erase them. AES-256-GCM, the nonce a count of the payloads under the key;
 * the payload's hash and the key's id are authenticated with it, so that nothing can be put in the place of another.
 */
export class PayloadCipher {
  readonly #master: MasterKey
  readonly #clock: () => number
  readonly #sealing = new Map<string | null, LiveKey>()
  readonly #opening = new Map<string, KeyObject>()

  constructor(master: MasterKey, clock: () => number) {
    this.#master = master
    this.#clock = clock
  }

  /** Makes ready to seal payloads of these sessions. Gives the keys that are new, which must be stored with the first payload that they seal. */
  async prepare(sessions: Iterable<string | null>): Promise<readonly VaultKey[]> {
    const fresh: VaultKey[] = []
    for (const session of new Set(sessions)) {
      if (this.#sealing.has(session)) continue
      const id = `vk_${randomBytes(12).toString('base64url')}`
      const bytes = randomBytes(keyBytes)
      const made = this.#clock()
      const wrapped = await this.#master.wrap(bytes, contextOf(id, session))
      const live = { id, session, key: createSecretKey(bytes), made, wrapped, sealed: 0 }
      evictOldest(this.#sealing)
      this.#sealing.set(session, live)
      fresh.push({ id, session, made, wrapped: live.wrapped })
    }
    return fresh
  }

  /** Takes back keys that could not be stored, or that were destroyed. */
  forget(keys: Iterable<Pick<VaultKey, 'id' | 'session'>>): void {
    for (const { id, session } of keys) {
      if (this.#sealing.get(session)?.id === id) this.#sealing.delete(session)
      this.#opening.delete(id)
    }
  }

  /** Seals a payload of a session that was made ready. */
  seal(session: string | null, { hash, salt, body }: Payload): SealedPayload {
    const live = this.#sealing.get(session)
    if (live === undefined) throw new Error(`no key was made ready for \`${session ?? 'no session'}\``)
    const nonce = Buffer.alloc(nonceBytes)
    nonce.writeUIntBE(live.sealed, nonceBytes - 6, 6)
    live.sealed += 1
    const text = Buffer.concat([salt, Buffer.from(body, 'utf8')])
    return { hash, key: live.id, nonce, body: sealed(live.key, nonce, text, `${live.id}\n${hash}`) }
  }

  async isOfMaster({ id, session, wrapped }: VaultKey): Promise<boolean> {
    return (await this.#master.unwrap(wrapped, contextOf(id, session))) !== null
  }

  /**
   * Opens a payload with its key. What cannot be opened is given as a payload that is not genuine: it was altered, or the key does not fit it.
   */
  async open({ hash, nonce, body }: SealedPayload, vaultKey: VaultKey): Promise<Payload> {
    const { id, session, wrapped } = vaultKey
    const known = this.#opening.get(id)
    const key = known ?? keyOf(await this.#master.unwrap(wrapped, contextOf(id, session)))
    if (key !== null && known === undefined) {
      evictOldest(this.#opening)
      this.#opening.set(id, key)
    }
    const text = key === null ? null : opened(key, nonce, body, `${id}\n${hash}`)
    if (text === null || text.length < saltBytes) return { hash, salt: new Uint8Array(), body: 'null' }
    return { hash, salt: text.subarray(0, saltBytes), body: Buffer.from(text.subarray(saltBytes)).toString('utf8') }
  }
}

function keyOf(bytes: Uint8Array | null): KeyObject | null {
  return bytes === null ? null : createSecretKey(bytes)
}

function contextOf(id: string, session: string | null): string {
  return `bailiwick vault key v1\n${id}\n${session ?? ''}`
}

function evictOldest(keys: Map<unknown, unknown>): void {
  if (keys.size < mostKeys) return
  for (const oldest of keys.keys()) {
    keys.delete(oldest)
    return
  }
}
