import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors } from 'jose'
import * as z from 'zod'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Link } from '../../model/lineage.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Credential } from '../../model/session.ts'
import type { AgentKeys } from '../agent-keys.ts'
import type { Delegations } from '../delegations.ts'
import type { Sessions } from '../sessions.ts'
import type { TokenKeys } from '../token-keys.ts'
import { hashOf } from './read-token.ts'
import { verifyChain } from './verify-chain.ts'
import type { VerifiedChain } from './verify-chain.ts'

/** What stands between the tokens of a chain, outermost first, where it is presented as one. No token has it in it. */
export const chainSeparator = '~'

const mostKnown = 10_000

export interface AttenuatedTokensOptions {
  readonly tokenKeys: Pick<TokenKeys, 'byId' | 'generation'>
  readonly keys: Pick<AgentKeys, 'inForce'>
  readonly sessions: Pick<Sessions, 'has'>
  readonly delegations: Pick<Delegations, 'delegate'>
  readonly ruleset: () => Ruleset
  readonly clock: () => number
  readonly issuer: () => string
  /** The resource that tokens are for (RFC 8707): the MCP endpoint. */
  readonly resource: () => string
  /** Told, in one line, of an agent that has proved its key and was refused. */
  readonly note: (agent: string, reason: string) => Promise<void>
}

/** What the first token of a chain, which is ours, says besides. */
const rootSchema = z.object({
  sid: z.string(),
  agent: z.string(),
  goal: z.string(),
  params_hash: z.string(),
  agent_key: z.string().optional(),
})

type Valid = Extract<Credential, { valid: true }>

interface KnownChain {
  readonly chain: Extract<VerifiedChain, { valid: true }>
  readonly root: z.infer<typeof rootSchema>
}

/**
 * Takes tokens that agents have attenuated by themselves. The first of a chain is one of ours for a session; each further one is bound to the registered key of
 * the agent that it was handed to. Each stands for a session of that agent below the one before, opened when it is first seen, once.
 */
export class AttenuatedTokens {
  readonly #options: AttenuatedTokensOptions
  readonly #known = new Map<string, KnownChain>()
  readonly #opening = new Map<string, Promise<unknown>>()
  #generation = 0

  constructor(options: AttenuatedTokensOptions) {
    this.#options = options
  }

  /** What a chain says; never throws for what a caller could have sent. Nothing is opened by it. */
  async verify(presented: string): Promise<Credential> {
    const links = await this.#links(presented)
    return typeof links === 'string' ? { valid: false, reason: links } : (links.credentials.at(-1) as Valid)
  }

  /**
   * Opens the sessions that a chain stands for, where there are none yet. To be called once its holder has proved the key.
   * Resolves with the reason where it is refused; null where the sessions are there.
   */
  async admit(presented: string): Promise<string | null> {
    const links = await this.#links(presented)
    if (typeof links === 'string') return links
    const { credentials, known } = links
    for (const [index, own] of credentials.entries()) {
      const from = credentials[index - 1]
      if (from === undefined) continue
      const refused = await this.#once(own.session, () => this.#open(known, index, from, own))
      if (refused === null) continue
      await this.#options.note(own.agent, refused)
      return refused
    }
    return null
  }

  async #open({ chain }: KnownChain, index: number, from: Valid, own: Valid): Promise<string | null> {
    const { sessions, delegations, ruleset } = this.#options
    if (await sessions.has(own.session)) return null
    const [first] = chain.parts
    const part = chain.parts[index] as typeof first
    try {
      await delegations.delegate(ruleset(), from.session, {
        agent: own.agent,
        // What those before grant is in the session above.
        part: { within: index === 1 ? [first, part] : [part] },
        lifetime: null,
        request: null,
        credential: from,
        links: [
          { kind: 'token', id: own.tokenId },
          ...(own.key === undefined ? [] : [{ kind: 'key', id: own.key } as const]),
        ] satisfies Link[],
        ids: { session: own.session, delegation: own.session.replace(/^ses_/, 'dlg_') },
      })
      return null
    } catch (error) {
      if (error instanceof BailiwickError && refusals.has(error.code)) return error.message
      throw error
    }
  }

  /** One after the other, so that a session that two requests are the first for is opened by one of them. */
  async #once<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#opening.get(id)
    const done = (async () => {
      // Whether that went well is for who asked for it.
      await Promise.allSettled([before])
      return work()
    })()
    this.#opening.set(id, done)
    try {
      return await done
    } finally {
      if (this.#opening.get(id) === done) this.#opening.delete(id)
    }
  }

  /** The credentials that the tokens of a chain are, outermost first; or why it is not taken. */
  async #links(presented: string): Promise<{ readonly known: KnownChain; readonly credentials: readonly Valid[] } | string> {
    const known = await this.#read(presented)
    if (typeof known === 'string') return known
    const { chain, root } = known
    const credentials: Valid[] = []
    for (const [index, token] of chain.tokens.entries()) {
      // Asked for anew each time: a key is taken as long as it is registered.
      const agent = index === 0 ? root.agent : (await this.#options.keys.inForce(token.holder))?.agent
      if (agent === undefined) return `token ${index} is bound to a key that is registered for no agent`
      credentials.push({
        valid: true,
        tokenId: token.claims.jti,
        agent,
        session: index === 0 ? root.sid : sessionOf(hashOf(token)),
        goal: root.goal,
        paramsHash: root.params_hash,
        expires: Math.min(...chain.tokens.slice(0, index + 1).map(({ claims }) => claims.exp * 1000)),
        key: token.holder,
        ...(index === 0 && root.agent_key !== undefined ? { agentKey: root.agent_key } : {}),
        dpop: true,
      })
    }
    return { known, credentials }
  }

  async #read(presented: string): Promise<KnownChain | string> {
    const { tokenKeys } = this.#options
    const generation = tokenKeys.generation()
    if (generation !== this.#generation) this.#known.clear()
    this.#generation = generation
    const hash = createHash('sha256').update(presented).digest('base64url')
    const before = this.#known.get(hash)
    if (before !== undefined) return before
    const read = await this.#check(presented.split(chainSeparator))
    if (typeof read === 'string') return read
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(hash, read)
    return read
  }

  async #check(tokens: readonly string[]): Promise<KnownChain | string> {
    const { tokenKeys, issuer, resource, clock } = this.#options
    const key = await tokenKeys.byId(keyIdOf(tokens[0] as string))
    if (key === null) return 'the chain begins with a token by a key that is not, or no longer, ours'
    const chain = await verifyChain(tokens, { issuer: issuer(), key, now: clock() })
    if (!chain.valid) return `the chain was not accepted: ${chain.reason}`
    if (chain.tokens.length < 2) return 'a token that can be attenuated lets nothing through by itself'
    for (const [index, { claims }] of chain.tokens.entries())
      if ((index === 0 || claims.aud !== undefined) && claims.aud !== resource()) return `token ${index} is for another audience`
    const root = rootSchema.safeParse(decodeJwt(chain.tokens[0].compact))
    return root.success ? { chain, root: root.data } : 'the chain begins with a token that is for no session'
  }
}

const refusals: ReadonlySet<string> = new Set(['DELEGATION_REFUSED', 'SESSION_UNKNOWN', 'AGENT_UNKNOWN', 'GOAL_UNKNOWN'])

/** The session that a token stands for. By its hash, which is over what is signed: another signature over the same makes no other. */
function sessionOf(hash: string): string {
  return `ses_${createHash('sha256').update(`bailiwick attenuated session v1\n${hash}`).digest('base64url')}`
}

function keyIdOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid
  } catch (error) {
    // What is wrong with it is told when it is read.
    if (error instanceof TypeError || error instanceof errors.JOSEError) return undefined
    throw error
  }
}
