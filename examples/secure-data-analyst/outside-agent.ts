import { readFileSync } from 'node:fs'
import { Client, createPrivateKeyJwtAuth, DpopSession, StreamableHTTPClientTransport, withDpop } from '@modelcontextprotocol/client'

/** An agent that runs elsewhere: it has its own key, and knows nothing of the gateway but its address. */
export interface OutsideAgent {
  readonly client: Client
  /** The session that the gateway opened for it. */
  readonly session: string
}

/** What the agent asks the gateway for: a goal, its parameters, and the words of whoever wants it done. */
export interface Task {
  readonly goal: string
  readonly params: Readonly<Record<string, string>>
  readonly request: string
}

/**
 * Finds the gateway's authorisation server, has itself let in by its own key, and connects. The token is bound to a second key, which never leaves this
 * process.
 * @param keyFile the private key as `bailiwick agents keygen` writes it
 */
export async function connectOutsideAgent(mcp: URL, agent: string, keyFile: string, task: Task): Promise<OutsideAgent> {
  const resource = await json(new URL(`/.well-known/oauth-protected-resource${mcp.pathname}`, mcp))
  const [issuer] = resource['authorization_servers'] as [string]
  const server = await json(new URL('/.well-known/oauth-authorization-server', issuer))
  const endpoint = server['token_endpoint'] as string

  const dpop = await DpopSession.create({ alg: 'EdDSA' })
  const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' })
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    resource: resource['resource'] as string,
    authorization_details: JSON.stringify([{ type: 'urn:bailiwick:goal', ...task }]),
  })
  const privateKey = JSON.parse(readFileSync(keyFile, 'utf8')) as Record<string, unknown>
  const sign = createPrivateKeyJwtAuth({ issuer: agent, subject: agent, privateKey, alg: 'EdDSA', audience: issuer, lifetimeSeconds: 60 })
  await sign(headers, form, endpoint)
  headers.set('dpop', await dpop.buildProof({ htm: 'POST', htu: endpoint }))
  const answer = await json(endpoint, { method: 'POST', headers, body: form })
  const [detail] = answer['authorization_details'] as [{ session: string }]

  const client = new Client({ name: agent, version: '1.0.0' })
  const token = answer['access_token'] as string
  await client.connect(new StreamableHTTPClientTransport(mcp, { fetch: withDpop(dpop, () => token)(fetch) }))
  return { client, session: detail.session }
}

async function json(url: URL | string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, init)
  const body = (await response.json()) as Record<string, unknown>
  if (!response.ok)
    throw new Error(`${String(url)} answered ${response.status}: ${String(body['error'])}, ${String(body['error_description'])}`)
  return body
}
