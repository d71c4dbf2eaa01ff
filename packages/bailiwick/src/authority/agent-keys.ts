import { createPublicKey } from 'node:crypto'
import type { Ledger } from '../ledger/ledger.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { ed25519Thumbprint } from './oauth/thumbprint.ts'

/** A public key that an agent was registered with. The private one is the agent's own. */
export interface AgentKey {
  readonly agent: string
  /** RFC 7638. */
  readonly thumbprint: string
  /** Ed25519, `x` of its JWK. */
  readonly x: string
  /** Milliseconds since 1970. */
  readonly added: number
  /** When it is no longer taken; null while that is not set. */
  readonly until: number | null
}

/** What the registry of keys asks of a store. */
export interface AgentKeyStore {
  /** False when the key is known already, of whatever agent. */
  add(key: AgentKey): Promise<boolean>
  /** Sets when a key is no longer taken. */
  expire(thumbprint: string, until: number): Promise<void>
  find(thumbprint: string): Promise<AgentKey | null>
  /** Of one agent or of all, oldest first. */
  list(agent: string | null): Promise<readonly AgentKey[]>
}

/** The keys that agents are known by. Each change is in the ledger before it is acknowledged. */
export class AgentKeys {
  readonly #store: AgentKeyStore
  readonly #ledger: Ledger
  readonly #clock: () => number

  constructor(store: AgentKeyStore, ledger: Ledger, clock: () => number) {
    this.#store = store
    this.#ledger = ledger
    this.#clock = clock
  }

  /**
   * Registers a public key of an agent, beside those that it has. `overlap`, in milliseconds, says how long the others are still taken; null for as long as
   * before.
   * @throws BailiwickError `AGENT_KEY` for what is no Ed25519 public key, and for one that is registered already
   */
  async register(agent: string, x: string, by: string, overlap: number | null): Promise<AgentKey> {
    assertPublicKey(x)
    const now = this.#clock()
    const key: AgentKey = { agent, thumbprint: await ed25519Thumbprint(x), x, added: now, until: null }
    const others = await this.allInForce(agent)
    if (!(await this.#store.add(key)))
      throw new BailiwickError('AGENT_KEY', 'the key is registered already', {
        mend: 'make a new one for each agent: `bailiwick agents keygen`',
      })
    await this.#record(agent, 'registered', key.thumbprint, null, by)
    if (overlap !== null) for (const other of others) await this.expire(other, now + overlap, by)
    return key
  }

  /** Has a key taken until a time only. */
  async expire({ agent, thumbprint }: Pick<AgentKey, 'agent' | 'thumbprint'>, until: number, by: string): Promise<void> {
    await this.#store.expire(thumbprint, until)
    await this.#record(agent, 'expires', thumbprint, new Date(until).toISOString(), by)
  }

  /** The key of a thumbprint if it is taken now; null otherwise. */
  async inForce(thumbprint: string): Promise<AgentKey | null> {
    const key = await this.#store.find(thumbprint)
    return key === null || (key.until !== null && key.until <= this.#clock()) ? null : key
  }

  /** The keys of an agent that are taken now. */
  async allInForce(agent: string): Promise<readonly AgentKey[]> {
    const now = this.#clock()
    return (await this.#store.list(agent)).filter(({ until }) => until === null || until > now)
  }

  list(agent: string | null): Promise<readonly AgentKey[]> {
    return this.#store.list(agent)
  }

  async #record(agent: string, event: 'registered' | 'expires', thumbprint: string, until: string | null, by: string): Promise<void> {
    await this.#ledger.append({ type: 'agent-key', session: null, event, agent, thumbprint, until, by })
  }
}

function assertPublicKey(x: string): void {
  const bytes = Buffer.from(x, 'base64url')
  if (bytes.length !== 32 || bytes.toString('base64url') !== x)
    throw new BailiwickError('AGENT_KEY', 'this is no Ed25519 public key', {
      mend: 'give `x` of its JWK, 43 characters of base64url, or the JWK',
    })
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
