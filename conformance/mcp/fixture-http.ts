import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
} from '@modelcontextprotocol/server'
import { buildFixtureServer } from './fixture-factory.ts'
import { LegacySessions } from './legacy-sessions.ts'
import { createWatchedResource, watchedUri } from './watched-resource.ts'
import { webListener } from './web-listener.ts'

/**
 * Serves the fixture over Streamable HTTP at `/mcp` on 127.0.0.1: 2025 clients in sessions with resumable streams,
 * 2026-07-28 clients without. Requests whose Host or Origin is not local get 403. Port 0 picks a free port. `close` ends
 * every session and connection.
 */
export async function startFixtureHttp(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const watched = createWatchedResource()
  const sessions = new LegacySessions(() => buildFixtureServer(watched, 'to-subscribers'))
  const modern = createMcpHandler(() => buildFixtureServer(watched, 'from-host'), {
    legacy: 'reject',
  })
  watched.subscribe(() => modern.notify.resourceUpdated(watchedUri))

  const route = async (request: Request): Promise<Response> => {
    const refused =
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ?? originValidationResponse(request, localhostAllowedOrigins())
    if (refused) return refused
    if (new URL(request.url).pathname !== '/mcp') return new Response(null, { status: 404 })
    return (await isLegacyRequest(request)) ? sessions.handle(request) : modern.fetch(request)
  }

  const http = createServer(webListener(route, (error) => console.error(error)))
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    close: async () => {
      const closed = once(http, 'close')
      http.close()
      await Promise.all([modern.close(), sessions.close()])
      http.closeAllConnections()
      await closed
    },
  }
}
