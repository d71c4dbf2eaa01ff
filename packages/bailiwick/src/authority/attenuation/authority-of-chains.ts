import type { Credential } from '../../model/session.ts'
import type { Authority } from '../authority.ts'
import { chainSeparator } from './attenuated-tokens.ts'
import type { AttenuatedTokens } from './attenuated-tokens.ts'

/** An authority that takes, besides its own tokens, chains of those that were derived from them offline. */
export class AuthorityOfChains implements Authority {
  readonly #own: Authority
  readonly #attenuated: AttenuatedTokens

  constructor(own: Authority, attenuated: AttenuatedTokens) {
    this.#own = own
    this.#attenuated = attenuated
  }

  issue(...grant: Parameters<Authority['issue']>): Promise<string> {
    return this.#own.issue(...grant)
  }

  verify(token: string): Promise<Credential> {
    return isChain(token) ? this.#attenuated.verify(token) : this.#own.verify(token)
  }

  /** Has what a token stands for that was presented as it must be. Resolves with the reason where it is refused all the same; null where it is not. */
  async admit(token: string): Promise<string | null> {
    return isChain(token) ? this.#attenuated.admit(token) : null
  }
}

function isChain(token: string): boolean {
  return token.includes(chainSeparator)
}
