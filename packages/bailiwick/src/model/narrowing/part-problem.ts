import type { Call } from '../call.ts'
import type { ContractPart } from './contract-part.ts'
import { holds } from './holds.ts'
import { fieldSet } from './value-set.ts'
import type { Ground } from './value-set.ts'

/** Why tool and arguments of a call are outside a part of a contract; null when they are inside. Limits and expiry are not looked at. */
export function partProblem(part: ContractPart, { tool, arguments: args, realPaths }: Call, ground: Ground): string | null {
  const own = Object.hasOwn(part.tools, tool) ? part.tools[tool] : undefined
  if (own === undefined)
    return `\`${tool}\` is not among the tools that were delegated, which are ${Object.keys(part.tools)
      .map((key) => `\`${key}\``)
      .join(', ')}`
  for (const [argument, frame] of Object.entries(own.frames)) {
    const given = Object.hasOwn(args, argument) ? args[argument] : undefined
    const { set, optional } = fieldSet(frame, ground)
    if (given === undefined) {
      if (!optional) return `\`${argument}\` must be given`
    } else if (!holds(set, given, realPaths)) return `\`${argument}\` must fit \`${JSON.stringify(frame).slice(0, 500)}\``
  }
  if (own.more) return null
  const added = Object.keys(args).find((argument) => !Object.hasOwn(own.frames, argument))
  return added === undefined ? null : `\`${added}\` may not be given`
}
