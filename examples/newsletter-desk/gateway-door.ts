import { randomUUID } from 'node:crypto'
import { Client, StreamableHTTPClientTransport, withDpop } from '@modelcontextprotocol/client'
import { SignJWT } from 'jose'
import type { AgentKey } from './agent-key.ts'

/** Where the gateway is, and its authorisation server. */
export interface Door {
  readonly mcp: URL
  /** What tokens are for. */
  readonly resource: string
  readonly issuer: string
  readonly endpoint: string
}

/** Finds all that an agent needs to know from the address of the gateway alone. */
export async function findDoor(mcp: URL): Promise<Door> {
  const resource = await json(new URL(`/.well-known/oauth-protected-resource${mcp.pathname}`, mcp))
  const [issuer] = resource['authorization_servers'] as [string]
  const server = await json(new URL('/.well-known/oauth-authorization-server', issuer))
  return { mcp, resource: resource['resource'] as string, issuer, endpoint: server['token_endpoint'] as string }
}

/** A word of an agent about itself, signed with its own key: good once, for a minute. */
export function signedWord(
  agent: string,
  key: AgentKey,
  audience: string,
  typ: string,
  claims: Record<string, unknown> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ iss: agent, sub: agent, aud: audience, jti: randomUUID(), iat: now, exp: now + 60, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', typ, kid: key.thumbprint })
    .sign(key.privateKey)
}

/**
 * Asks for a token as an agent, with a proof of the key `holder`; of a token, where one is exchanged.
 * @throws Error with what the gateway says, when it gives none
 */
export async function askToken(
  door: Door,
  agent: string,
  own: AgentKey,
  holder: AgentKey,
  form: Readonly<Record<string, string>>,
): Promise<{ readonly token: string; readonly detail: Readonly<Record<string, unknown>> }> {
  const accessToken = form['subject_token']
  const answer = await json(door.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      dpop: await holder.dpop.buildProof({ htm: 'POST', htu: door.endpoint, ...(accessToken !== undefined && { accessToken }) }),
    },
    body: new URLSearchParams({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signedWord(agent, own, door.issuer, 'JWT'),
      resource: door.resource,
      ...form,
    }),
  })
  const [detail] = answer['authorization_details'] as [Record<string, unknown>]
  return { token: answer['access_token'] as string, detail }
}

/** What a call came to. */
export interface Answer {
  readonly ok: boolean
  readonly text: string
}

/** An agent's tools. */
export interface Tools {
  readonly names: readonly string[]
  call(name: string, args: Readonly<Record<string, unknown>>): Promise<Answer>
  close(): Promise<void>
}

/** Connects with a token, or a chain of them, that is bound to a key. */
export async function connect(mcp: URL, agent: string, token: string, holder: AgentKey): Promise<Tools> {
  const client = new Client({ name: agent, version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(mcp, { fetch: withDpop(holder.dpop, () => token)(fetch) }))
  const { tools } = await client.listTools()
  return {
    names: tools.map(({ name }) => name),
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
  if (!response.ok) throw new Error(`${String(body['error'])}: ${String(body['error_description'])}`)
  return body
}
