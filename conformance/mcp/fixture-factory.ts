import { McpServer } from '@modelcontextprotocol/server'
import { registerContentTools } from './fixture-content-tools.ts'
import { registerInteractionTools } from './fixture-interaction-tools.ts'
import { registerPrompts } from './fixture-prompts.ts'
import { registerResources } from './fixture-resources.ts'
import { watchedUri, type WatchedResource } from './watched-resource.ts'

/**
 * Who tells clients that the watched resource changed: this instance, to clients that sent `resources/subscribe`
 * (2025 connections); this instance, always, because what carries it filters by `subscriptions/listen` (2026-07-28 over
 * stdio); or whoever hosts an instance that lives for one request only (2026-07-28 over HTTP).
 */
export type ChangeNotices = 'to-subscribers' | 'always' | 'from-host'

const completions = ['paris', 'park', 'party', 'test-one', 'test-two']

/** The fixture server, with every tool, resource and prompt the official conformance suite asks for. */
export function buildFixtureServer(watched: WatchedResource, notices: ChangeNotices): McpServer {
  const server = new McpServer(
    { name: 'conformance-fixture', version: '1.0.0' },
    {
      capabilities: {
        completions: {},
        logging: {},
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        tools: { listChanged: true },
      },
    },
  )
  registerContentTools(server)
  registerInteractionTools(server, watched)
  registerResources(server, watched)
  registerPrompts(server)

  server.server.setRequestHandler('completion/complete', ({ params }) => {
    const values = completions.filter((candidate) => candidate.startsWith(params.argument.value))
    return { completion: { values, total: values.length, hasMore: false } }
  })

  const subscribed = new Set<string>()
  server.server.setRequestHandler('resources/subscribe', ({ params }) => {
    subscribed.add(params.uri)
    return {}
  })
  server.server.setRequestHandler('resources/unsubscribe', ({ params }) => {
    subscribed.delete(params.uri)
    return {}
  })
  if (notices !== 'from-host') {
    server.server.onclose = watched.subscribe(() => {
      if (notices === 'to-subscribers' && !subscribed.has(watchedUri)) return
      server.server.sendResourceUpdated({ uri: watchedUri }).catch((error: unknown) => console.error(error))
    })
  }
  return server
}
