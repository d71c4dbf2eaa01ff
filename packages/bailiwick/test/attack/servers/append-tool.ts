import type { ToolDefinition } from '../../../src/model/pin.ts'

export const append: ToolDefinition = {
  name: 'append',
  description: 'Writes an id to a file.',
  inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
}
