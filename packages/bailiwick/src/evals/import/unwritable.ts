import type { Json } from '../../model/json.ts'
import { notCarried } from './assertion.ts'
import type { NotCarried } from './assertion.ts'

const longest = 100_000

/** Why a value cannot stand in a suite as it is; null when it can. */
export function unwritable(value: Json | undefined): NotCarried | null {
  if (typeof value === 'string') return textProblem(value)
  if (typeof value === 'number' && !Number.isFinite(value))
    return notCarried(`it holds ${value}, which is no number of JSON`, 'write a number')
  if (typeof value !== 'object' || value === null) return null
  for (const [name, one] of Object.entries(value)) {
    const problem = textProblem(name) ?? unwritable(one)
    if (problem !== null) return problem
  }
  return null
}

function textProblem(text: string): NotCarried | null {
  if (text.length > longest) return notCarried(`it holds a text of over ${longest} characters`, 'shorten it')
  if (!text.isWellFormed()) return notCarried('it holds half of a character', 'write the character whole')
  return marks.test(text)
    ? notCarried(
        'it holds `${base}`, `${params.` or `${canary.`, which a suite would fill in',
        'write the case by hand, with a text of another form',
      )
    : null
}

/** What a suite would take for a reference, or for one that leads nowhere. */
const marks = /\$\{(?:base\}|(?:params|canary)\.)/
