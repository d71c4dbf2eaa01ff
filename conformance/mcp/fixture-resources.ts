import { ResourceTemplate, type McpServer } from '@modelcontextprotocol/server'
import { pngBase64 } from './content-samples.ts'
import { watchedUri, type WatchedResource } from './watched-resource.ts'

/** A text, a binary and a changing resource, and one template; all under the `test:` scheme. */
export function registerResources(server: McpServer, watched: WatchedResource): void {
  server.registerResource(
    'static-text',
    'test://static-text',
    { description: 'A text that never changes.', mimeType: 'text/plain' },
    ({ href }) => ({
      contents: [
        {
          uri: href,
          mimeType: 'text/plain',
          text: 'This is the content of the static text resource.',
        },
      ],
    }),
  )
  server.registerResource(
    'static-binary',
    'test://static-binary',
    { description: 'An image that never changes.', mimeType: 'image/png' },
    ({ href }) => ({ contents: [{ uri: href, mimeType: 'image/png', blob: pngBase64 }] }),
  )
  server.registerResource(
    'watched-resource',
    watchedUri,
    {
      description: 'A text that changes with every call of test_touch_watched_resource.',
      mimeType: 'text/plain',
    },
    ({ href }) => ({ contents: [{ uri: href, mimeType: 'text/plain', text: watched.text() }] }),
  )
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'JSON that carries the id from the URI.', mimeType: 'application/json' },
    ({ href }, { id }) => ({
      contents: [
        {
          uri: href,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
        },
      ],
    }),
  )
}
