import type { Frame } from '../model/frame.ts'
import type { ContractPart, PartFrame } from '../model/narrowing/contract-part.ts'
import { holds } from '../model/narrowing/holds.ts'
import { fieldSet, rootsIn } from '../model/narrowing/value-set.ts'

/** The frames of a tool under its goal's contract and every part of it that was delegated on the way; null when one of them does not name the tool. */
export function delegatedFrames(
  contract: ReadonlyMap<string, Frame> | null,
  parts: readonly ContractPart[],
  tool: string,
  base: string,
): ReadonlyMap<string, Frame> | null {
  if (contract === null || parts.length === 0) return contract
  const frames = new Map(contract)
  for (const part of parts) {
    const own = Object.hasOwn(part.tools, tool) ? part.tools[tool] : undefined
    if (own === undefined) return null
    for (const [argument, frame] of Object.entries(own.frames)) {
      const before = frames.get(argument)
      const one = partFrameOf(frame, base)
      frames.set(argument, before === undefined ? one : both(before, one))
    }
  }
  return frames
}

function partFrameOf(frame: PartFrame, base: string): Frame {
  return {
    check: (value, argument, { params, realPaths }) =>
      holds(fieldSet(frame, { params, base }).set, value, realPaths) ? null : `\`${argument}\` is outside what was delegated`,
    optional: fieldSet(frame, { params: {}, base }).optional,
    roots: rootsIn(frame, base),
  }
}

function both(one: Frame, other: Frame): Frame {
  return {
    check: (value, argument, scope) => one.check(value, argument, scope) ?? other.check(value, argument, scope),
    optional: one.optional && other.optional,
    roots: [...one.roots, ...other.roots],
  }
}
