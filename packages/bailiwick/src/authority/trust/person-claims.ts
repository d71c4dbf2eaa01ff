import type { JWTPayload } from 'jose'
import type { PeopleDeclaration } from '../../model/trust.ts'
import type { Refused } from './trusted-issuers.ts'
import { refused } from './verify-token.ts'

/** Printable ASCII without blanks, so that no letter of another script poses as one of a name. */
const plainName = /^[\x21-\x7e]{1,255}$/

/** Reads from the verified claims of an ID token who the person is, having made sure that it is an ID token of this client. */
export function personNamed(claims: JWTPayload, people: PeopleDeclaration): { readonly ok: true; readonly person: string } | Refused {
  const problem = audienceProblem(claims, people.clientId as string) ?? kindProblem(claims)
  if (problem !== null) return refused(problem)
  const name = people.claim === 'email' ? emailOf(claims, people.domains) : nameOf(claims, people.claim)
  if (typeof name !== 'string') return name
  const folded = name.toLowerCase()
  if (Object.keys(people.keys).some((owner) => owner.toLowerCase() === folded))
    return refused('the name of the person is that of another, who has a key')
  return { ok: true, person: name }
}

/** OpenID Connect Core 1.0, section 3.1.3.7, 3 to 5. */
function audienceProblem({ aud, azp }: JWTPayload, clientId: string): string | null {
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audiences.includes(clientId)) return 'the token is for somebody else'
  if (azp === undefined ? audiences.length > 1 : azp !== clientId) return 'the token was given to somebody else'
  return null
}

/** Tokens of the same issuer, for the same audience, by the same key, that are no ID tokens; providers mark them in these ways. */
function kindProblem(claims: JWTPayload): string | null {
  const { events, typ, token_use: use } = claims
  const another = events !== undefined || (typ !== undefined && typ !== 'ID' && typ !== 'JWT') || (use !== undefined && use !== 'id')
  return another ? 'the token is no ID token' : null
}

function nameOf(claims: JWTPayload, claim: string): string | Refused {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined
  if (value === undefined) return refused(`the token has no claim \`${claim}\``)
  return typeof value === 'string' && plainName.test(value)
    ? value
    : refused(`the claim \`${claim}\` of the token is no name of printable ASCII characters, 255 at most`)
}

function emailOf(claims: JWTPayload, domains: readonly string[] | undefined): string | Refused {
  const email = nameOf(claims, 'email')
  if (typeof email !== 'string') return email
  if (claims['email_verified'] !== true) return refused('the provider has not verified the e-mail address')
  const [local, domain, ...more] = email.toLowerCase().split('@')
  if (local === '' || domain === undefined || domain === '' || more.length > 0)
    return refused('the claim `email` of the token is no e-mail address')
  return domains === undefined || domains.includes(domain) ? `${local}@${domain}` : refused('the e-mail address is of another domain')
}
