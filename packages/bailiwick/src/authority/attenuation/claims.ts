import * as z from 'zod'
import type { ContractPart, PartFrame } from '../../model/narrowing/contract-part.ts'
import { constraintSchema } from './constraint.ts'

export const detailType = 'attenuating_agent_token'

/** The claims of a token after draft-niyikiza-oauth-attenuating-agent-tokens-01 that are read here, its tools with their constraints as frames. */
export interface Claims {
  readonly jti: string
  readonly iss: string
  /** Seconds since 1970. */
  readonly iat: number
  readonly exp: number
  readonly nbf?: number | undefined
  /** For whom it is, where it says so. */
  readonly aud?: string | undefined
  readonly cnf: { readonly jwk: { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string } }
  readonly del_depth: number
  readonly del_max_depth: number
  readonly par_hash?: string | undefined
  readonly authorization_details: Readonly<Record<string, Readonly<Record<string, PartFrame>>>>
}

const seconds = z.int().positive()
const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** How deep the constraints of one argument hold one another, and how many they are: comparing more could take longer than anybody waits. */
const deepestConstraint = 4
const mostConstraints = 32

const constraint = constraintSchema
  .refine((frame) => depthOf(frame) <= deepestConstraint, `constraints hold one another ${deepestConstraint} deep at most`)
  .refine((frame) => countOf(frame) <= mostConstraints, `an argument has ${mostConstraints} constraints at most`)
const tools = z.record(z.string().min(1).max(256), z.record(z.string(), constraint))

function depthOf(frame: PartFrame): number {
  return isNested(frame) ? 1 + Math.max(0, ...within(frame).map(depthOf)) : 0
}

function countOf(frame: PartFrame): number {
  return isNested(frame)
    ? within(frame)
        .map(countOf)
        .reduce((sum, one) => sum + one, 1)
    : 1
}

type Nested = Extract<PartFrame, { readonly all: readonly PartFrame[] } | { readonly any: readonly PartFrame[] }>

function isNested(frame: PartFrame): frame is Nested {
  return typeof frame === 'object' && ('all' in frame || 'any' in frame)
}

function within(frame: Nested): readonly PartFrame[] {
  return 'all' in frame ? frame.all : frame.any
}

/** What other types of detail grant is not read here, and so not granted. */
const details = z.array(z.looseObject({ type: z.string() })).transform((all, context) => {
  const own = all.filter(({ type }) => type === detailType)
  const read = own.length === 1 ? z.strictObject({ type: z.string(), tools }).safeParse(own[0]) : null
  if (read?.success === true) return read.data.tools
  context.addIssue({ code: 'custom', message: read === null ? `there must be one \`${detailType}\`` : issueText(read.error) })
  return z.NEVER
})

export const claimsSchema: z.ZodType<Claims> = z.object({
  // It stands in receipts, and is chosen by whoever derives the token.
  jti: z.string().regex(/^[\x21-\x7e]{1,256}$/),
  iss: z.string().min(1).max(512),
  iat: seconds,
  exp: seconds,
  nbf: seconds.optional(),
  aud: z.string().max(2048).optional(),
  // With nothing but a public key in it.
  cnf: z.strictObject({ jwk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: digest }) }),
  del_depth: z.int().min(0),
  del_max_depth: z.int().min(0),
  par_hash: digest.optional(),
  authorization_details: details,
})

/** What a token grants. A tool with constraints takes no other argument than those; one without takes any. */
export function partOf({ authorization_details: granted, exp }: Claims): ContractPart {
  return {
    tools: Object.fromEntries(Object.entries(granted).map(([tool, frames]) => [tool, { frames, more: Object.keys(frames).length === 0 }])),
    allow: [],
    limits: { calls: null, resultBytes: null, lifetime: null, rates: {}, repeats: null },
    expires: exp * 1000,
  }
}

/** The first thing that is wrong, and where. */
export function issueText(error: z.ZodError): string {
  const [issue] = error.issues
  if (issue === undefined) return 'it is not of its form'
  return issue.path.length === 0 ? issue.message : `\`${issue.path.map(String).join('.')}\`: ${issue.message}`
}
