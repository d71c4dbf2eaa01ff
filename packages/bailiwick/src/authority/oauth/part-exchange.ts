import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Link } from '../../model/lineage.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import type { Authority } from '../authority.ts'
import type { Delegations } from '../delegations.ts'
import type { Client, ClientAssertions } from './client-assertions.ts'
import { refusal } from './token-request.ts'
import type { OAuthRefusal, TokenRequest } from './token-request.ts'

/** A session that was handed on, and what its token is to be. */
interface HandedOn {
  readonly session: Session
  /** The keys by which both agents were known. */
  readonly keys: readonly Link[]
  /** The thumbprint of the key that the token is to be bound to: one of the agent that was delegated to. */
  readonly holder: string
}

export interface PartExchangeOptions {
  readonly authority: Pick<Authority, 'verify'>
  readonly clients: Pick<ClientAssertions, 'actor'>
  readonly delegations: Pick<Delegations, 'delegate'>
  readonly ruleset: () => Ruleset
  readonly clock: () => number
}

/**
 * Hands parts of sessions on for their agents (RFC 8693): the subject token is the client's own, whose key it has proved with this very request, and the actor
 * token names the agent that is delegated to and the key that its token is bound to.
 */
export class PartExchange {
  readonly #options: PartExchangeOptions

  constructor(options: PartExchangeOptions) {
    this.#options = options
  }

  /** @param proved the thumbprint of the key that the client has proved to hold, for this request and this subject token */
  async handOn(
    client: Client,
    { subjectToken, actorToken, part }: Extract<TokenRequest, { kind: 'part' }>,
    proved: string,
  ): Promise<HandedOn | OAuthRefusal> {
    const { authority, clients, delegations, ruleset, clock } = this.#options
    const credential = await authority.verify(subjectToken)
    if (!credential.valid) return refusal('invalid_grant', `the subject token was not accepted: ${credential.reason}`)
    if (clock() >= credential.expires) return refusal('invalid_grant', 'the subject token has expired')
    if (credential.dpop !== true || credential.key !== proved)
      return refusal('invalid_grant', 'the subject token must be bound to the key that the request was proved with')
    if (credential.agent !== client.agent) return refusal('invalid_grant', 'the subject token is of another agent than the client')
    if (credential.scope !== undefined)
      return refusal('invalid_grant', 'a subject token with a scope hands nothing on: exchange one without')
    const actor = await clients.actor(actorToken)
    if (!actor.ok) return refusal('invalid_grant', `the actor token was not accepted: ${actor.reason}`)
    const keys = [client.key, actor.key].flatMap((id) => (id === null ? [] : [{ kind: 'key', id } as const]))
    try {
      const session = await delegations.delegate(ruleset(), credential.session, { ...part, agent: actor.agent, credential, links: keys })
      return { session, keys, holder: actor.holder }
    } catch (error) {
      if (error instanceof BailiwickError && refusals.has(error.code)) return refusal('invalid_grant', error.message)
      throw error
    }
  }
}

const refusals: ReadonlySet<string> = new Set(['DELEGATION_REFUSED', 'SESSION_UNKNOWN', 'AGENT_UNKNOWN', 'GOAL_UNKNOWN'])
