import type { ContractPart, PartFrame, ToolPart } from './contract-part.ts'
import { isOptional } from './value-set.ts'

/** A frame that no value fits. */
const nothing: PartFrame = { any: [] }

/** What a token grants: tools for a time. It says nothing of limits, and grants toolboxes nothing besides. */
export type Granted = Pick<ContractPart, 'tools' | 'expires'>

/**
 * What a contract or part lets through that every one of some grants lets through as well, within its limits. Tools are those of the last grant: where the
 * contract has no such tool, the result is wider than it, and is to be refused.
 */
export function metPart(than: ContractPart, parts: readonly [Granted, ...Granted[]]): ContractPart {
  const last = parts.at(-1) as Granted
  const ends = [than, ...parts].map(({ expires }) => expires).filter((end) => end !== null)
  const tools = Object.keys(last.tools).filter((tool) => parts.every((part) => Object.hasOwn(part.tools, tool)))
  const rates = Object.entries(than.limits.rates).filter(([tool]) => tools.includes(tool))
  return {
    tools: Object.fromEntries(tools.map((tool) => [tool, [than, ...parts].map((part) => ownTool(part, tool)).reduce(metTool)])),
    allow: [],
    limits: { ...than.limits, rates: Object.fromEntries(rates) },
    expires: ends.length === 0 ? null : Math.min(...ends),
  }
}

function ownTool({ tools }: Granted, tool: string): ToolPart {
  return (Object.hasOwn(tools, tool) ? tools[tool] : undefined) ?? { frames: {}, more: true }
}

function metTool(one: ToolPart, other: ToolPart): ToolPart {
  const names = [...new Set([...Object.keys(one.frames), ...Object.keys(other.frames)])]
  const frames = names.flatMap((name): [string, PartFrame][] => {
    const [frame, second] = [ownFrame(one, name), ownFrame(other, name)]
    if (frame !== undefined && second !== undefined) return [[name, { all: [frame, second] }]]
    const [only = nothing, without] = frame === undefined ? [second, one] : [frame, other]
    if (without.more) return [[name, only]]
    // It may not be given there: what may be left out is, and what must be given is refused.
    return isOptional(only) ? [] : [[name, nothing]]
  })
  return { frames: Object.fromEntries(frames), more: one.more && other.more }
}

function ownFrame({ frames }: ToolPart, name: string): PartFrame | undefined {
  return Object.hasOwn(frames, name) ? frames[name] : undefined
}
