import type { ToolDefinition } from '../../../src/model/pin.ts'

const reply = { type: 'string', description: 'JSON of what the server says: `before`, and `result` or `error`' }

/** Tools of the server that says just what its argument `reply` tells it to. */
export const tellingTools: readonly ToolDefinition[] = [
  { name: 'give', description: 'Gives.', inputSchema: { type: 'object', properties: { reply, body: { type: 'string' } } } },
  {
    name: 'rows',
    description: 'Gives rows.',
    inputSchema: { type: 'object', properties: { reply } },
    outputSchema: {
      type: 'object',
      properties: {
        rows: {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string' }, email: { type: 'string', format: 'email' } } },
        },
      },
    },
  },
  {
    name: 'coded',
    description: 'Gives one code, always the same.',
    inputSchema: { type: 'object', properties: { reply } },
    outputSchema: { type: 'object', properties: { code: { enum: ['E123456'] } } },
  },
  {
    name: 'strict',
    description: 'Takes a code.',
    inputSchema: { type: 'object', properties: { reply, code: { type: 'string', pattern: '^E\\d{6}$' } }, required: ['code'] },
  },
  {
    name: 'move',
    description: 'Moves an amount.',
    inputSchema: {
      type: 'object',
      properties: {
        reply,
        account: { type: 'string' },
        amount: { type: 'number' },
        units: { type: 'integer' },
        tags: { type: 'array', items: { type: 'string' } },
        constructor: { type: 'string' },
        toString: { type: 'string' },
      },
    },
  },
]
