import type { ToolDefinition } from '../../../src/model/pin.ts'

/** The tool that every hostile message is followed by a call of, and that none of them may reach. */
export const honest: ToolDefinition = {
  name: 'honest',
  title: 'Honest',
  description: 'Says what it was given.',
  inputSchema: {
    type: 'object',
    properties: {
      text: { type: 'string' },
      path: { type: 'string' },
      n: { type: 'number' },
      open: { type: 'object', additionalProperties: true },
    },
    required: ['text'],
  },
  outputSchema: { type: 'object', properties: { said: { type: 'string' } } },
  annotations: { readOnlyHint: true },
}

/** Misbehaves as it is told. */
export const act: ToolDefinition = {
  name: 'act',
  description: 'Misbehaves.',
  inputSchema: {
    type: 'object',
    properties: { kind: { type: 'string' }, n: { type: 'integer' }, note: { type: 'string' } },
    required: ['kind'],
  },
}

export const hostileTools: readonly ToolDefinition[] = [honest, act]
