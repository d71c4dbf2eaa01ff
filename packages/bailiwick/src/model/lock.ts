import * as z from 'zod'
import type { ToolDefinition } from './pin.ts'

/** `bailiwick.lock.json`: the definitions that the pins in the manifest stand for, so that everything can be checked without starting a server. */
export interface Lock {
  readonly version: 1
  readonly toolboxes: Readonly<Record<string, Readonly<Record<string, ToolDefinition>>>>
}

export const lockFile = 'bailiwick.lock.json'

export const emptyLock: Lock = { version: 1, toolboxes: {} }

const definition = z.looseObject({ name: z.string(), inputSchema: z.looseObject({}) })

const lockSchema = z.strictObject({
  version: z.literal(1),
  toolboxes: z.record(z.string(), z.record(z.string(), definition)),
})

/** Reads a lock file's text. Returns null when it is not of the form that `bailiwick pin` writes. */
export function parseLock(text: string): Lock | null {
  const value = ((): unknown => {
    try {
      return JSON.parse(text)
    } catch (error) {
      if (error instanceof SyntaxError) return null
      throw error
    }
  })()
  const parsed = lockSchema.safeParse(value)
  return parsed.success ? (parsed.data as unknown as Lock) : null
}

/** The text of a lock file: keys in order, so that a change shows as a small diff. */
export function formatLock(lock: Lock): string {
  const sorted = (record: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
  const toolboxes = Object.fromEntries(
    Object.entries(sorted(lock.toolboxes)).map(([name, tools]) => [name, sorted(tools as Record<string, unknown>)]),
  )
  return `${JSON.stringify({ version: lock.version, toolboxes }, null, 2)}\n`
}
