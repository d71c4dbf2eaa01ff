import { fromJsonSchema, type CallToolResult, type McpServer } from '@modelcontextprotocol/server'
import { pngBase64, wavBase64 } from './content-samples.ts'

const fixedResults: { name: string; description: string; result: CallToolResult }[] = [
  {
    name: 'test_simple_text',
    description: 'Returns one text block.',
    result: { content: [{ type: 'text', text: 'This is a simple text response for testing.' }] },
  },
  {
    name: 'test_image_content',
    description: 'Returns one PNG image.',
    result: { content: [{ type: 'image', data: pngBase64, mimeType: 'image/png' }] },
  },
  {
    name: 'test_audio_content',
    description: 'Returns one WAV sound.',
    result: { content: [{ type: 'audio', data: wavBase64, mimeType: 'audio/wav' }] },
  },
  {
    name: 'test_embedded_resource',
    description: 'Returns one embedded text resource.',
    result: {
      content: [
        {
          type: 'resource',
          resource: {
            uri: 'test://embedded-resource',
            mimeType: 'text/plain',
            text: 'This is an embedded resource content.',
          },
        },
      ],
    },
  },
  {
    name: 'test_multiple_content_types',
    description: 'Returns a text block, an image and an embedded resource.',
    result: {
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        { type: 'image', data: pngBase64, mimeType: 'image/png' },
        {
          type: 'resource',
          resource: {
            uri: 'test://mixed-content-resource',
            mimeType: 'application/json',
            text: JSON.stringify({ test: 'data', value: 123 }),
          },
        },
      ],
    },
  },
  {
    name: 'test_error_handling',
    description: 'Always fails, with a tool error.',
    result: {
      isError: true,
      content: [{ type: 'text', text: 'This tool intentionally returns an error for testing' }],
    },
  },
]

/** Tools whose results never depend on anything, and the one whose input schema must survive `tools/list` word for word. */
export function registerContentTools(server: McpServer): void {
  for (const { name, description, result } of fixedResults) {
    server.registerTool(name, { description }, () => result)
  }
  server.registerTool(
    'json_schema_2020_12_tool',
    {
      description: 'Has an input schema with JSON Schema 2020-12 keywords, and returns its arguments as JSON text.',
      inputSchema: fromJsonSchema({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        $defs: {
          address: {
            type: 'object',
            properties: { street: { type: 'string' }, city: { type: 'string' } },
          },
        },
        properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
        additionalProperties: false,
      }),
    },
    (input) => ({ content: [{ type: 'text', text: JSON.stringify(input) }] }),
  )
}
