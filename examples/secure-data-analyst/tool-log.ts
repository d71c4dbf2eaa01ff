import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import * as z from 'zod'

const entrySchema = z.object({
  at: z.iso.datetime(),
  server: z.string(),
  tool: z.string(),
  args: z.record(z.string(), z.unknown()),
})

/** One execution of a tool: when (ISO 8601), in which server, which tool and with which arguments. */
export type ToolLogEntry = z.infer<typeof entrySchema>

/** Notes that a tool is about to run. */
export type ToolLog = (tool: string, args: Record<string, unknown>) => void

/**
 * A log of what really ran, independent of any gateway: one JSON line per execution, appended to `path` before the
 * tool does anything. Without a path nothing is kept.
 */
export function openToolLog(server: string, path: string | undefined): ToolLog {
  if (path === undefined || path === '') return () => {}
  return (tool, args) => {
    const entry: ToolLogEntry = { at: new Date().toISOString(), server, tool, args }
    appendFileSync(path, `${JSON.stringify(entry)}\n`)
  }
}

/** Every execution logged to `path`, oldest first; none when the file does not exist. Throws on a damaged line. */
export function readToolLog(path: string): ToolLogEntry[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => entrySchema.parse(JSON.parse(line)))
}
