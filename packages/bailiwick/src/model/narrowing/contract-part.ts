import type { Json } from '../json.ts'
import type { FrameDeclaration, GoalDeclaration } from '../manifest.ts'
import { bytes, rate } from '../quantity.ts'
import type { Allowance } from '../vocabulary.ts'

/**
 * A frame of a part: as a contract writes it, or one of the forms that only tokens have. These judge a value as a whole, where a contract's frame judges
 * a list item by item, and know no parameters.
 */
export type PartFrame =
  | FrameDeclaration
  | { readonly all: readonly PartFrame[] }
  | { readonly any: readonly PartFrame[] }
  | { readonly oneOf: readonly Json[] }
  | { readonly noneOf: readonly Json[] }
  /** A list that has each of these. */
  | { readonly has: readonly Json[] }
  /** A list that has nothing but these. */
  | { readonly only: readonly Json[] }
  /** A number; a bound that is `open` does not belong to it. */
  | { readonly from: Bound | null; readonly to: Bound | null }

export interface Bound {
  readonly at: number
  readonly open: boolean
}

export interface ToolPart {
  readonly frames: Readonly<Record<string, PartFrame>>
  /** Whether arguments without a frame may be given; the tool's own schema holds all the same. */
  readonly more: boolean
}

/** Null is without limit. */
export interface PartLimits {
  readonly calls: number | null
  readonly resultBytes: number | null
  /** Milliseconds that the session may last. */
  readonly lifetime: number | null
  readonly rates: Readonly<Record<string, { readonly calls: number; readonly within: number }>>
  readonly repeats: number | null
}

/** A contract, or a part of one that is handed on. Plain JSON. What it does not name, it does not let through. */
export interface ContractPart {
  /** By `toolbox.tool`. */
  readonly tools: Readonly<Record<string, ToolPart>>
  readonly allow: readonly Allowance[]
  readonly limits: PartLimits
  /** Milliseconds since 1970, from when on it lets nothing through; null for never. */
  readonly expires: number | null
}

/** The contract of a goal in the form of a part. */
export function contractOf({ tools, allow, limits }: Pick<GoalDeclaration, 'tools' | 'allow' | 'limits'>): ContractPart {
  return {
    tools: Object.fromEntries(Object.entries(tools).map(([tool, frames]) => [tool, { frames, more: true }])),
    allow,
    limits: {
      calls: limits.calls ?? null,
      resultBytes: limits.resultBytes === undefined ? null : bytes(limits.resultBytes),
      lifetime: limits.minutes === undefined ? null : limits.minutes * 60_000,
      rates: Object.fromEntries(Object.entries(limits.rates).map(([tool, text]) => [tool, rate(text)])),
      repeats: limits.repeats,
    },
    expires: null,
  }
}
