import type { ContractPart, PartFrame, PartLimits } from './contract-part.ts'

/** What is asked to be handed on. What it does not say stays as it is. */
export interface AskedPart {
  /** By `toolbox.tool`, and argument: other tools are left out, other frames are kept. */
  readonly tools: Readonly<Record<string, Readonly<Record<string, PartFrame>>>>
  /** None when absent. */
  readonly allow?: ContractPart['allow']
  readonly limits?: Partial<PartLimits>
  readonly expires: number | null
}

/** The part that is asked for of a contract or another part. Whether it is narrower is not looked at. */
export function filledPart(asked: AskedPart, of: ContractPart): ContractPart {
  const tools = Object.entries(asked.tools).map(([tool, frames]) => {
    const own = Object.hasOwn(of.tools, tool) ? of.tools[tool] : undefined
    return [tool, { frames: { ...own?.frames, ...frames }, more: own?.more ?? true }] as const
  })
  const rates = Object.entries(of.limits.rates).filter(([tool]) => Object.hasOwn(asked.tools, tool))
  return {
    tools: Object.fromEntries(tools),
    allow: asked.allow ?? [],
    limits: { ...of.limits, ...asked.limits, rates: { ...Object.fromEntries(rates), ...asked.limits?.rates } },
    expires: asked.expires,
  }
}
