import { readFileSync } from 'node:fs'
import { Client, createPrivateKeyJwtAuth, DpopSession, StreamableHTTPClientTransport, withDpop } from '@modelcontextprotocol/client'
import { decodeJwt } from 'jose'

const agent = 'expense-assistant'

/** The gateway gave no token. */
export class NotLetIn extends Error {
  override readonly name = 'NotLetIn'
}

/** What a call came to. */
interface Answer {
  readonly ok: boolean
  readonly text: string
}

/** The agent, at work for one person. */
export interface Assistant {
  readonly session: string
  /** Whom its token is about, and who acts for them. */
  readonly subject: string | undefined
  readonly actor: string | undefined
  call(name: string, args: Readonly<Record<string, unknown>>): Promise<Answer>
  close(): Promise<void>
}

/**
 * Begins to work for a person: exchanges what they signed in with (RFC 8693) for a token of the gateway, in which they are the subject and the agent acts. The agent shows itself
 * by its own registered key, and the token is bound to another that never leaves this process.
 * @param keyFile the agent's private key as `bailiwick agents keygen` writes it
 * @throws NotLetIn with what the gateway says
 */
export async function workFor(idToken: string, mcp: URL, keyFile: string, month: string): Promise<Assistant> {
  const resource = await json(new URL(`/.well-known/oauth-protected-resource${mcp.pathname}`, mcp))
  const [issuer] = resource['authorization_servers'] as [string]
  const server = await json(new URL('/.well-known/oauth-authorization-server', issuer))
  const endpoint = server['token_endpoint'] as string

  const dpop = await DpopSession.create({ alg: 'EdDSA' })
  const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' })
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: idToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    resource: resource['resource'] as string,
    authorization_details: JSON.stringify([{ type: 'urn:bailiwick:goal', goal: 'settle-expenses', params: { month } }]),
  })
  const privateKey = JSON.parse(readFileSync(keyFile, 'utf8')) as Record<string, unknown>
  await createPrivateKeyJwtAuth({ issuer: agent, subject: agent, privateKey, alg: 'EdDSA', audience: issuer, lifetimeSeconds: 60 })(
    headers,
    form,
    endpoint,
  )
  headers.set('dpop', await dpop.buildProof({ htm: 'POST', htu: endpoint }))
  const answer = await json(endpoint, { method: 'POST', headers, body: form })
  const [detail] = answer['authorization_details'] as [{ session: string }]
  const token = answer['access_token'] as string
  const claims = decodeJwt<{ act?: { sub: string } }>(token)

  const client = new Client({ name: agent, version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(mcp, { fetch: withDpop(dpop, () => token)(fetch) }))
  return {
    session: detail.session,
    subject: claims.sub,
    actor: claims.act?.sub,
    call: async (name, args) => {
      const { content, isError } = await client.callTool({ name, arguments: { ...args } })
      return { ok: isError !== true, text: content.map((block) => (block.type === 'text' ? block.text : '')).join('\n') }
    },
    close: () => client.close(),
  }
}

async function json(url: URL | string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, init)
  const body = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new NotLetIn(`${String(body['error'])}: ${String(body['error_description'])}`)
  return body
}
