import type { JWTPayload } from 'jose'
import { milliseconds } from '../../model/quantity.ts'
import { allowedValues } from '../../model/trust.ts'
import type { ClaimValue, WorkloadRule } from '../../model/trust.ts'
import type { Refused } from './trusted-issuers.ts'
import { refused, skew } from './verify-token.ts'
import type { VerifiedToken } from './verify-token.ts'

/**
 * The one agent that rules for the token's issuer take its bearer for. A token is for one audience only: with another, whoever
 * that is could use it here.
 */
export function agentOf(
  token: VerifiedToken,
  rules: readonly WorkloadRule[],
  now: number,
): { readonly ok: true; readonly agent: string } | Refused {
  const audience = onlyAudience(token.claims)
  if (audience === null) return refused('the token is for more than one audience')
  const meant = rules.filter((rule) => rule.audience === audience)
  if (meant.length === 0) return refused('the token is for somebody else')
  const fitting = meant.filter(({ claims }) => Object.entries(claims).every(([claim, expected]) => fits(token.claims, claim, expected)))
  if (fitting.length === 0) return refused('no rule of `trust.workloads` fits the claims of the token')
  const young = fitting.filter(({ maxAge }) => now / 1000 - token.issued <= milliseconds(maxAge) / 1000 + skew)
  const [agent, ...others] = new Set(young.map((rule) => rule.agent))
  if (agent === undefined) return refused('the token was issued too long ago')
  return others.length === 0 ? { ok: true, agent } : refused('rules of `trust.workloads` for different agents fit the token')
}

function onlyAudience({ aud }: JWTPayload): string | null {
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud]
  const [audience] = audiences
  return audiences.length === 1 && typeof audience === 'string' ? audience : null
}

/** Equal without any folding, and of the same type: a list that holds the value is another value. */
function fits(claims: JWTPayload, claim: string, expected: ClaimValue | readonly ClaimValue[]): boolean {
  return Object.hasOwn(claims, claim) && allowedValues(expected).includes(claims[claim] as ClaimValue)
}
