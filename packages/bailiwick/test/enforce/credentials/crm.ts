import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { onTestFinished } from 'vitest'
import { webListener } from '../../../../../conformance/mcp/web-listener.ts'
import { crmTools } from './crm-tools.ts'

/** The scope that each tool wants. */
const scopes: Readonly<Record<string, string>> = { look: 'crm.read', change: 'crm.write', drop: 'crm.admin' }

export interface Crm {
  readonly url: string
  /** What each request of a tool came with. */
  readonly calls: { readonly tool: string; readonly token: string; readonly claims: JWTPayload }[]
  /** Every header `authorization` that came. */
  readonly authorizations: Set<string>
  /** Tokens that are not good any more, whatever they say. */
  readonly refused: Set<string>
  /** What a tool says; its arguments when null. */
  say: ((tool: string, token: string) => string) | null
}

/** A customer database behind MCP over HTTP: each request needs a token of the issuer for this very resource, and each tool its scope. */
export async function crm(issuer: string): Promise<Crm> {
  const listening = createServer()
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    listening.closeAllConnections()
    listening.close()
  })
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/mcp`
  const state: Crm = { url, calls: [], authorizations: new Set(), refused: new Set(), say: null }
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
  const handler = (token: string, claims: JWTPayload): ReturnType<typeof createMcpHandler> =>
    createMcpHandler(() => {
      const server = new Server({ name: 'crm', version: '1.0.0' }, { capabilities: { tools: {} } })
      server.setRequestHandler('tools/list', async () => ({ tools: crmTools as never }))
      server.setRequestHandler('tools/call', async ({ params: { name, arguments: args } }) => {
        state.calls.push({ tool: name, token, claims })
        if (
          !String(claims['scope'])
            .split(' ')
            .includes(scopes[name] ?? '')
        )
          return { content: [{ type: 'text', text: `insufficient_scope: ${String(claims['scope'])}` }], isError: true }
        return { content: [{ type: 'text', text: state.say?.(name, token) ?? String(args?.['text']) }] }
      })
      return server
    })
  listening.on(
    'request',
    webListener(async (request) => {
      const authorization = request.headers.get('authorization') ?? ''
      state.authorizations.add(authorization)
      const token = authorization.replace(/^Bearer /, '')
      if (state.refused.has(token)) return new Response('revoked', { status: 401 })
      try {
        const { payload } = await jwtVerify(token, keys, { issuer, audience: url, typ: 'at+jwt' })
        return await handler(token, payload).fetch(request)
      } catch (error) {
        return new Response(String(error), { status: 401 })
      }
    }, console.error),
  )
  return state
}
