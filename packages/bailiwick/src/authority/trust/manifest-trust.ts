import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { Ruleset } from '../../model/ruleset.ts'
import type { PeopleDeclaration } from '../../model/trust.ts'
import type { EndedSignIns, SignIn } from '../ended-sign-ins.ts'
import type { UsedIds } from '../used-ids.ts'
import { agentOf } from './fitting-rules.ts'
import type { Fetching } from './issuer-documents.ts'
import { IssuerKeys, ownKey } from './issuer-keys.ts'
import { personNamed } from './person-claims.ts'
import { gatewayAudience, keyIssuer, longestPersonToken, personTokenType } from './person-token.ts'
import type { PersonAnswer, Refused, TrustedIssuers, WorkloadAnswer } from './trusted-issuers.ts'
import { isPlain, readToken, refused, skew, verifyToken } from './verify-token.ts'
import type { UnprovedToken, VerifiedToken } from './verify-token.ts'

export interface ManifestTrustOptions {
  /** The ruleset in force; asked for with each token. */
  readonly ruleset: () => Pick<Ruleset, 'manifest' | 'base'>
  readonly usedIds: UsedIds
  readonly endedSignIns: Pick<EndedSignIns, 'endedUntil'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** How issuers are asked; as usual when absent. */
  readonly fetching?: Fetching
}

const signInEnded = 'the token was issued before the provider ended what the person had signed in to; sign in anew'

/** Trusts whom the section `trust` of a manifest names, and nobody without one. */
export class ManifestTrust implements TrustedIssuers {
  readonly #options: ManifestTrustOptions
  readonly #keys: IssuerKeys

  constructor(options: ManifestTrustOptions) {
    this.#options = options
    this.#keys = new IssuerKeys(options.fetching)
  }

  async person(token: string): Promise<PersonAnswer> {
    const { manifest } = this.#options.ruleset()
    const people = manifest.trust?.people
    if (people === undefined) return refused('the manifest trusts nobody to say who a person is')
    const unproved = readToken(token)
    if ('ok' in unproved) return unproved
    return unproved.type === personTokenType
      ? this.#byOwnKey(token, unproved, people, gatewayAudience(manifest.trustDomain))
      : this.#byProvider(token, unproved, people)
  }

  async workload(token: string): Promise<WorkloadAnswer> {
    const { manifest } = this.#options.ruleset()
    const unproved = readToken(token)
    if ('ok' in unproved) return unproved
    const rules = (manifest.trust?.workloads ?? []).filter((rule) => rule.issuer === unproved.issuer)
    const [first] = rules
    if (first === undefined) return refused('the manifest does not trust the issuer of the token')
    if (!isPlain(unproved)) return refused('the token is of a kind that is meant for something else')
    const verified = await this.#verify(token, unproved.issuer, first.jwks)
    if ('ok' in verified) return verified
    const answer = agentOf(verified, rules, this.#options.clock())
    if (!answer.ok) return answer
    return (await this.#usedBefore(unproved.issuer, verified)) ?? { ...answer, ...proofOf(unproved.issuer, verified) }
  }

  async #byProvider(token: string, unproved: UnprovedToken, people: PeopleDeclaration): Promise<PersonAnswer> {
    if (people.issuer === undefined || people.issuer !== unproved.issuer)
      return refused('the manifest does not trust the issuer of the token')
    if (!isPlain(unproved)) return refused('the token is no ID token')
    const verified = await this.#verify(token, people.issuer, people.jwks)
    if ('ok' in verified) return verified
    const answer = personNamed(verified.claims, people)
    if (!answer.ok) return answer
    const signIn = this.#signIn(people.issuer, answer.person, verified)
    if (!(await signIn.counts())) return refused(signInEnded)
    if (people.once && verified.tokenId === null) return refused('the token has no id, so that it could be used again')
    const used = people.once ? await this.#usedBefore(people.issuer, verified) : null
    return used ?? { ...answer, signIn, ...proofOf(people.issuer, verified) }
  }

  async #byOwnKey(token: string, { issuer }: UnprovedToken, people: PeopleDeclaration, audience: string): Promise<PersonAnswer> {
    const [person, x] = Object.entries(people.keys).find(([, key]) => keyIssuer(key) === issuer) ?? []
    if (person === undefined || x === undefined) return refused('the manifest has no person with the key of the token')
    const verified = await verifyToken(token, ownKey(x), { issuer, clock: this.#options.clock })
    if ('ok' in verified) return verified
    if (verified.claims.aud !== audience) return refused('the token is for somebody else')
    if (verified.subject !== person) return refused("the token names another than the key's owner")
    if (verified.tokenId === null) return refused('the token has no id, so that it could be used again')
    if (verified.expires - verified.issued * 1000 > longestPersonToken) return refused('the token lives too long')
    // An event of the provider ends the sessions of whoever has the name, however they were opened.
    const signIn = this.#signIn(people.issuer, person, verified)
    if (!(await signIn.counts())) return refused(signInEnded)
    return (await this.#usedBefore(issuer, verified)) ?? { ok: true, person, signIn, ...proofOf(issuer, verified) }
  }

  #verify(token: string, issuer: string, jwks: string | undefined): Promise<VerifiedToken | Refused> {
    const { base } = this.#options.ruleset()
    const keys = this.#keys.of(issuer, jwks === undefined ? null : resolve(base, jwks))
    return verifyToken(token, keys, { issuer, clock: this.#options.clock })
  }

  /** @param provider whose events end it; none without */
  #signIn(provider: string | undefined, person: string, { issued }: VerifiedToken): SignIn {
    const at = issued * 1000
    const { endedSignIns } = this.#options
    return {
      issued: at,
      counts: async () => provider === undefined || at >= ((await endedSignIns.endedUntil({ issuer: provider, person })) ?? at),
    }
  }

  /** Uses the token's id up; a refusal when it was before. Without an id there is nothing to use up. */
  async #usedBefore(issuer: string, { tokenId, expires }: VerifiedToken): Promise<Refused | null> {
    if (tokenId === null) return null
    const id = createHash('sha256')
      .update(JSON.stringify([issuer, tokenId]))
      .digest('base64url')
    return (await this.#options.usedIds.use(`token:${id}`, expires + skew * 1000)) ? null : refused('the token was used before')
  }
}

function proofOf(
  issuer: string,
  { subject, tokenId, expires }: VerifiedToken,
): Pick<Extract<PersonAnswer, { ok: true }>, 'issuer' | 'subject' | 'tokenId' | 'expires'> {
  return { issuer, subject, tokenId, expires }
}
