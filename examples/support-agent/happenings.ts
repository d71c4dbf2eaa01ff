import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'

const happeningSchema = z.object({ tool: z.string(), args: z.record(z.string(), z.unknown()) })

/** One use of a tool that changed something: which tool, and with which arguments. */
export type Happening = z.infer<typeof happeningSchema>

/** Adds a happening to a file, one JSON object a line. */
export function note(file: string, happening: Happening): void {
  mkdirSync(dirname(file), { recursive: true })
  appendFileSync(file, `${JSON.stringify(happening)}\n`)
}

/** Everything in a file of happenings, oldest first; nothing when there is no such file. Throws on a damaged line. */
export function happeningsIn(file: string): Happening[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => happeningSchema.parse(JSON.parse(line)))
}
