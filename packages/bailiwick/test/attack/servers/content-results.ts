import type { ToolDefinition } from '../../../src/model/pin.ts'

export const contentTools: readonly ToolDefinition[] = [
  {
    name: 'give',
    description: 'Gives one kind.',
    inputSchema: { type: 'object', properties: { kind: { type: 'string' } }, required: ['kind'] },
  },
]

const annotations = { audience: ['user'], priority: 0.5, lastModified: '2026-01-01T00:00:00Z' }

/** One result of each kind, with every field that MCP 2025-11-25 has for it. */
export const contentResults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  text: { content: [{ type: 'text', text: 'Grüße 😀 \u0000 "quoted" \\ </script>', annotations, _meta: { 'box/own': [1, null] } }] },
  image: { content: [{ type: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png', annotations }] },
  audio: { content: [{ type: 'audio', data: 'UklGRg==', mimeType: 'audio/wav', _meta: { 'box/own': true } }] },
  link: {
    content: [
      {
        type: 'resource_link',
        uri: 'file:///a%20b',
        name: 'a b',
        title: 'A B',
        description: 'one',
        mimeType: 'text/plain',
        size: 12,
        annotations,
      },
    ],
  },
  'embedded text': {
    content: [{ type: 'resource', resource: { uri: 'mem:a', mimeType: 'text/plain', text: 'x\n', _meta: { 'box/own': 1 } } }],
  },
  'embedded bytes': {
    content: [{ type: 'resource', resource: { uri: 'mem:b', mimeType: 'application/x', blob: 'AAEC/w==' }, annotations }],
  },
  structured: {
    content: [{ type: 'text', text: '{}' }],
    structuredContent: {
      deep: [{ a: [[], {}, null, false, 0.1, -1e21, '\u2028'] }],
      'bailiwick/readme': 'a key of the data, not of a _meta',
    },
  },
  error: { content: [{ type: 'text', text: 'it went wrong' }], isError: true },
  nothing: { content: [] },
  mixed: {
    content: [
      { type: 'text', text: 'one' },
      { type: 'image', data: '', mimeType: 'image/png' },
      { type: 'text', text: '' },
    ],
    structuredContent: {},
    isError: false,
    _meta: { 'box/own': { nested: [1, 2, 3] }, progressToken: 'not one' },
  },
}
