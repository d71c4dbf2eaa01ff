import { wholeTextPattern } from '../regular-expression.ts'
import type { ContractPart, PartFrame } from './contract-part.ts'

/** The first pattern in a part that is not RE2, so that no call could be held against it; null for none. */
export function unusablePattern({ tools }: Pick<ContractPart, 'tools'>): string | null {
  const patterns = Object.values(tools).flatMap(({ frames }) => Object.values(frames).flatMap(patternsIn))
  return patterns.find((pattern) => !isUsable(pattern)) ?? null
}

function patternsIn(frame: PartFrame): readonly string[] {
  if (typeof frame !== 'object') return []
  if ('all' in frame) return frame.all.flatMap(patternsIn)
  if ('any' in frame) return frame.any.flatMap(patternsIn)
  if (!('pattern' in frame || 'fields' in frame)) return []
  const { pattern, fields = {} } = frame
  return [...(pattern === undefined ? [] : [pattern]), ...Object.values(fields).flatMap(patternsIn)]
}

function isUsable(pattern: string): boolean {
  try {
    wholeTextPattern(pattern)
    return true
  } catch {
    // The only thing that it throws for is a pattern that it does not take.
    return false
  }
}
