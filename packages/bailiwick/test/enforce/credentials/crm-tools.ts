import type { ToolDefinition } from '../../../src/model/pin.ts'

const inputSchema = { type: 'object' as const, properties: { text: { type: 'string' } } }

/** The tools of the customer database: one that reads, one that writes, one that destroys. */
export const crmTools: readonly ToolDefinition[] = [
  { name: 'look', description: 'Looks a customer up.', inputSchema },
  { name: 'change', description: 'Changes a customer.', inputSchema },
  { name: 'drop', description: 'Drops a customer.', inputSchema },
]
