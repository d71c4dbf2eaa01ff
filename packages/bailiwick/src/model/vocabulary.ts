/** What a tool does to the world, from mild to severe. */
export const effects = ['read', 'write', 'external', 'destructive'] as const
export type Effect = (typeof effects)[number]

/** The security meanings that an argument can have. */
export const sinks = ['recipient', 'url', 'path', 'command', 'query', 'account', 'amount', 'content'] as const
export type Sink = (typeof sinks)[number]

/** The dimensions of an agent's risk. More of the first three is more risk, more of the last three is less. */
export const riskDimensions = ['access', 'action', 'autonomy', 'oversight', 'goalStability', 'monitoring'] as const
export type RiskDimension = (typeof riskDimensions)[number]

/** The answers to a call, from mild to strict. */
export const responses = ['allow', 'sanitize', 'sandbox', 'defer', 'ask', 'deny'] as const
export type Response = (typeof responses)[number]

/** How a call that was let through ended. `unknown` stands for one that a crash left open. */
export const outcomeStatuses = ['ok', 'error', 'refused', 'cancelled', 'unknown'] as const
export type OutcomeStatus = (typeof outcomeStatuses)[number]

/** The forms of request that models of this day are spoken to in. */
export const wireFormats = ['chat-completions', 'responses', 'messages'] as const
export type WireFormat = (typeof wireFormats)[number]

/** How a call of a model ended. `aborted`: given up before the answer was whole. `unknown` stands for one that a crash left open. */
export const modelStatuses = ['ok', 'error', 'aborted', 'unknown'] as const
export type ModelStatus = (typeof modelStatuses)[number]

/** Whose past a fact is about. */
export const factScopes = ['session', 'agent', 'person'] as const
export type FactScope = (typeof factScopes)[number]

/** AARM's names for the responses (Autonomous Action Runtime Management, R4). */
export const aarmNames: Readonly<Record<Response, 'ALLOW' | 'MODIFY' | 'DEFER' | 'STEP_UP' | 'DENY'>> = {
  allow: 'ALLOW',
  sanitize: 'MODIFY',
  sandbox: 'MODIFY',
  defer: 'DEFER',
  ask: 'STEP_UP',
  deny: 'DENY',
}

export type AarmName = (typeof aarmNames)[Response]

/** The stricter of two responses. */
export function stricter(a: Response, b: Response): Response {
  return responses.indexOf(a) >= responses.indexOf(b) ? a : b
}

/** Whether a call with this response is carried out, as it was asked for or sanitised. */
export function letsThrough(response: Response): boolean {
  return response === 'allow' || response === 'sanitize'
}

/** The five tiers of a decision. */
export const tiers = ['T0', 'T1', 'T2', 'T3', 'T4'] as const
export type Tier = (typeof tiers)[number]

/** What a contract can let a toolbox do besides answering calls. */
export const allowances = ['sampling', 'elicitation', 'logging', 'completion', 'subscriptions'] as const
export type Allowance = (typeof allowances)[number]

/** The two governed reads that every MCP server may offer besides its tools; they need no pin. */
const builtInReads = ['resources/read', 'prompts/get'] as const

/** True for the name of a governed read rather than of a tool. */
export function isBuiltInRead(name: string): boolean {
  return (builtInReads as readonly string[]).includes(name)
}
