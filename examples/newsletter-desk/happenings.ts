import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Something that a tool was asked to do, and did. */
export interface Happening {
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
}

/** Adds to what has happened. */
export function note(log: string, happening: Happening): void {
  mkdirSync(dirname(log), { recursive: true })
  appendFileSync(log, `${JSON.stringify(happening)}\n`)
}

/** What has happened, in order; nothing where there is no such file. */
export function happeningsIn(log: string): readonly Happening[] {
  if (!existsSync(log)) return []
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Happening)
}
