import { agentId } from './agent-id.ts'

/** The SPIFFE id of a trust domain: everything that runs in it. */
export function domainUri(trustDomain: string): string {
  return `spiffe://${trustDomain}`
}

/** An agent, by whatever name it was given: one that no manifest could declare comes out escaped. */
export function agentUri(trustDomain: string, name: string): string {
  return agentId(trustDomain, encodeURIComponent(name))
}

/** A goal of a trust domain. */
export function goalUri(trustDomain: string, name: string): string {
  return `spiffe://${trustDomain}/goal/${encodeURIComponent(name)}`
}

/** A key: its thumbprint URI (RFC 9278). @param thumbprint of RFC 7638, base64url */
export function thumbprintUri(thumbprint: string): string {
  return `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${encodeURIComponent(thumbprint)}`
}
