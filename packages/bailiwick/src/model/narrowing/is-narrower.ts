import type { ContractPart, PartFrame, PartLimits, ToolPart } from './contract-part.ts'
import { includes } from './includes.ts'
import { fieldSet } from './value-set.ts'
import type { Ground } from './value-set.ts'

/**
 * Why a part of a contract lets more through than a contract or another part, naming the dimension and what is wider; null when it is no wider in any.
 * What cannot be decided counts as wider.
 * @param ground what both are meant with: the same parameters, the same folder
 */
export function isNarrower(part: ContractPart, than: ContractPart, ground: Ground): string | null {
  return (
    toolsProblem(part, than, ground) ?? allowProblem(part, than) ?? limitsProblem(part, than) ?? expiryProblem(part.expires, than.expires)
  )
}

function toolsProblem(part: ContractPart, than: ContractPart, ground: Ground): string | null {
  for (const [tool, own] of Object.entries(part.tools)) {
    const wider = Object.hasOwn(than.tools, tool) ? than.tools[tool] : undefined
    if (wider === undefined) return `tools: \`${tool}\` is not among those that may be handed on`
    const problem = framesWider(own, wider, ground)
    if (problem !== null) return `frames of \`${tool}\`: ${problem}`
  }
  return null
}

function framesWider(part: ToolPart, than: ToolPart, ground: Ground): string | null {
  if (part.more && !than.more) return 'arguments without a frame may be given, and may not be handed on'
  for (const [argument, frame] of Object.entries(than.frames)) {
    const own = Object.hasOwn(part.frames, argument) ? part.frames[argument] : undefined
    if (own === undefined) {
      // An argument that may not be given at all is narrower than one that may be left out.
      if (!part.more && fieldSet(frame, ground).optional) continue
      return `\`${argument}\` is without a frame, and must have one within ${text(frame)}`
    }
    const [narrow, wide] = [fieldSet(own, ground), fieldSet(frame, ground)]
    if (narrow.optional && !wide.optional) return `\`${argument}\` could be left out, and must be given`
    if (!includes(wide.set, narrow.set)) return `\`${argument}\`: ${text(own)} is not beyond doubt within ${text(frame)}`
  }
  if (than.more) return null
  const added = Object.keys(part.frames).find((argument) => !Object.hasOwn(than.frames, argument))
  return added === undefined ? null : `\`${added}\` is an argument that may not be given`
}

function text(frame: PartFrame): string {
  return `\`${JSON.stringify(frame).slice(0, 200)}\``
}

function allowProblem(part: ContractPart, than: ContractPart): string | null {
  const more = part.allow.find((one) => !than.allow.includes(one))
  return more === undefined ? null : `allow: \`${more}\` may not be handed on`
}

const counted = { calls: 'calls', resultBytes: 'bytes of results', lifetime: 'milliseconds', repeats: 'repeats' } as const

function limitsProblem(part: ContractPart, than: ContractPart): string | null {
  for (const name of Object.keys(counted) as (keyof typeof counted)[]) {
    const [own, most] = [part.limits[name], than.limits[name]]
    // Written so that what is not a number is refused.
    if (most !== null && !(own !== null && own <= most))
      return `limits: ${own ?? 'unlimited'} ${counted[name]} are more than the ${most} that may be handed on`
  }
  return ratesProblem(part, than.limits.rates)
}

function ratesProblem({ limits, tools }: ContractPart, rates: PartLimits['rates']): string | null {
  for (const [tool, most] of Object.entries(rates)) {
    if (!Object.hasOwn(tools, tool)) continue
    const own = Object.hasOwn(limits.rates, tool) ? limits.rates[tool] : undefined
    const may = own === undefined ? Number.POSITIVE_INFINITY : own.calls * Math.ceil(most.within / own.within)
    if (!(may <= most.calls))
      return `limits: \`${tool}\` could be called ${own === undefined ? 'without limit' : `${may} times`} within ${most.within / 1000} seconds, and may be handed on for ${most.calls}`
  }
  return null
}

function expiryProblem(own: number | null, latest: number | null): string | null {
  if (latest === null || (own !== null && own <= latest)) return null
  return `expiry: ${own === null ? 'never' : new Date(own).toISOString()} is later than ${new Date(latest).toISOString()}`
}
