import { BailiwickError } from '../../model/bailiwick-error.ts'

/** One thing that was looked at. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** What was found, in a few words. */
  readonly detail: string
  /** How to mend it; null when nothing is broken or nothing general can be said. */
  readonly mend: string | null
}

export function passed(name: string, detail: string): Check {
  return { name, ok: true, detail, mend: null }
}

export function failed(name: string, detail: string, mend: string | null): Check {
  return { name, ok: false, detail, mend }
}

/** What `work` finds; whatever it throws is a finding too, because a broken installation is what a check is for. */
export async function checked(name: string, work: () => Promise<Check> | Check): Promise<Check> {
  try {
    return await work()
  } catch (error) {
    return thrown(name, error)
  }
}

/** A fault as a finding. */
export function thrown(name: string, error: unknown): Check {
  if (error instanceof BailiwickError) return failed(name, error.message, error.mend)
  return failed(name, error instanceof Error ? error.message : String(error), null)
}

const needed = 24

export function nodeCheck(version: string): Check {
  return Number(version.split('.')[0]) >= needed
    ? passed('node', version)
    : failed('node', `this is ${version}`, `use Node ${needed} or newer`)
}
