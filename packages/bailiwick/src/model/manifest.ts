import type { CredentialDeclaration } from './credential.ts'
import type { SinkDeclaration } from './export.ts'
import type { Json } from './json.ts'
import type { SecretSource } from './secret-source.ts'
import type { TrustDeclaration } from './trust.ts'
import type { Allowance, Effect, FactScope, OutcomeStatus, Response, RiskDimension, Sink } from './vocabulary.ts'

/** `bailiwick.yaml` as it was read: every key checked, every default filled in, nothing resolved yet. */
export interface Manifest {
  readonly trustDomain: string
  readonly agents: Readonly<Record<string, AgentDeclaration>>
  readonly toolboxes: Readonly<Record<string, ToolboxDeclaration>>
  readonly goals: Readonly<Record<string, GoalDeclaration>>
  readonly facts: Readonly<Record<string, FactDeclaration>>
  /** Safety properties by name: what no call may be, whatever the policies say. */
  readonly invariants?: Readonly<Record<string, InvariantDeclaration>> | undefined
  /** Own patterns of what can be redacted, in RE2 syntax by name. */
  readonly patterns?: Readonly<Record<string, string>> | undefined
  /** The file of a trust policy (C2SP tlog-policy), whose witnesses are asked to cosign the ledger's heads. */
  readonly ledger: { readonly policy?: string | undefined }
  /** How long requests, arguments and results are kept after the end of their session, such as `400d`; by label where that is shorter. */
  readonly retention: { readonly payloads?: string | undefined; readonly labels: Readonly<Record<string, string>> }
  /** How often `bailiwick up` has its ledger verified, its own rules attacked and its suites run, such as `24h`. */
  readonly schedule: { readonly ledger?: string | undefined; readonly redteam?: string | undefined; readonly suites?: string | undefined }
  /** Where the ledger is sent while it grows. */
  readonly export?: readonly SinkDeclaration[] | undefined
  /** Whose tokens prove who a person or a workload is. */
  readonly trust?: TrustDeclaration | undefined
  readonly approvals: { readonly expires: string }
  /** How many times the authority of a session may be handed on; 3 when absent. */
  readonly delegation?: { readonly depth?: number | undefined } | undefined
  readonly http: {
    readonly port: number
    readonly allowedOrigins: readonly string[]
    /** The address under which others reach the gateway, without a path; absent when that is its own. */
    readonly publicUrl?: string | undefined
    /** Whether proofs of possession must hold a nonce of ours. */
    readonly dpopNonce: boolean
  }
}

export interface AgentDeclaration {
  readonly owner: string
  readonly model?: string | undefined
  readonly version?: string | undefined
  readonly purpose?: string | undefined
  readonly goals: readonly string[]
  /** The agents that it may hand part of a session on to; none when absent. */
  readonly delegates?: readonly string[] | undefined
  /** True for an agent that only acts in sessions that another has handed on to it. */
  readonly delegatedOnly?: boolean | undefined
  /** `observe` records what the decision would have been and lets the call pass. */
  readonly mode: 'enforce' | 'observe'
  /** What the agent is worth to the business, from 1 to 5. */
  readonly value?: JudgedScore | undefined
  /** Scores that stand in place of those that are computed. */
  readonly risk?: Readonly<Partial<Record<RiskDimension, JudgedScore | undefined>>> | undefined
}

/** A score that a person gives, from 1 to 5, and why. */
export interface JudgedScore {
  readonly score: number
  readonly rationale: string
}

interface ToolboxDeclaration {
  readonly mcp: McpServerDeclaration
  /** `plain` shows tools under their own names instead of `toolbox__tool`. */
  readonly names: 'prefixed' | 'plain'
  /** What each call is lent, beside what `mcp` names. */
  readonly credential?: CredentialDeclaration | undefined
  readonly tools: Readonly<Record<string, ToolDeclaration>>
}

export interface McpServerDeclaration {
  readonly command?: string | undefined
  readonly args?: readonly string[] | undefined
  readonly env?: Readonly<Record<string, SecretSource>> | undefined
  readonly cwd?: string | undefined
  readonly url?: string | undefined
  readonly headers?: Readonly<Record<string, SecretSource>> | undefined
  /** How long a call may take before it is given up, such as `60s`. */
  readonly timeout: string
}

export interface ToolDeclaration {
  readonly effect: Effect
  readonly labels: readonly string[]
  readonly sinks: Readonly<Record<string, Sink>>
  readonly pin?: string | undefined
  readonly undo?: string | undefined
}

export interface ParameterDeclaration {
  readonly type: 'string' | 'integer' | 'number' | 'boolean'
  readonly description?: string | undefined
  readonly pattern?: string | undefined
  readonly enum?: readonly (string | number)[] | undefined
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
  readonly maxLength?: number | undefined
}

/** A frame as written: a scalar (`$name` refers to a parameter, `$$` begins a literal dollar), or constraints that must all hold. */
export type FrameDeclaration = string | number | boolean | FrameConstraints

export interface FrameConstraints {
  readonly in?: readonly Json[] | undefined
  readonly pattern?: string | undefined
  readonly range?:
    | readonly (number | string)[]
    | { readonly min?: number | string | undefined; readonly max?: number | string | undefined }
    | undefined
  readonly prefix?: string | undefined
  readonly domain?: string | readonly string[] | undefined
  readonly path?: string | undefined
  readonly fields?: Readonly<Record<string, FrameDeclaration>> | undefined
  readonly optional?: boolean | undefined
}

export interface GoalDeclaration {
  readonly description?: string | undefined
  readonly params: Readonly<Record<string, ParameterDeclaration>>
  readonly tools: Readonly<Record<string, Readonly<Record<string, FrameDeclaration>>>>
  readonly allow: readonly Allowance[]
  readonly limits: LimitsDeclaration
  readonly confirm: readonly string[]
}

export interface LimitsDeclaration {
  readonly calls?: number | undefined
  readonly resultBytes?: number | string | undefined
  readonly minutes?: number | undefined
  readonly rates: Readonly<Record<string, string>>
  /** How many of the last twenty calls may be one and the same call. */
  readonly repeats: number
}

/** A statement about the past that policies can read under `context.facts`. Exactly one of the operators is given. */
export interface FactDeclaration {
  readonly formerly?: EventDeclaration | undefined
  readonly previous?: EventDeclaration | undefined
  readonly since?: EventDeclaration | undefined
  readonly count?: EventDeclaration | undefined
  readonly sum?: EventDeclaration | undefined
  readonly distinct?: EventDeclaration | undefined
  readonly and?: readonly EventDeclaration[] | undefined
  readonly never?: EventDeclaration | undefined
  readonly always?: EventDeclaration | undefined
  readonly of?: string | undefined
  readonly by?: string | undefined
  readonly same?: SameDeclaration | undefined
  readonly over: FactScope
  readonly within: string
}

/** A tool, one of several, or what else the event must be like. */
export type EventDeclaration = string | readonly string[] | PatternDeclaration

export interface PatternDeclaration {
  readonly tool?: string | readonly string[] | undefined
  readonly effect?: Effect | readonly Effect[] | undefined
  readonly labels?: string | readonly string[] | undefined
  readonly response?: Response | 'any' | readonly (Response | 'any')[] | undefined
  /** Makes the pattern one of outcomes instead of calls. */
  readonly outcome?: OutcomeStatus | 'any' | readonly (OutcomeStatus | 'any')[] | undefined
  readonly where?: Readonly<Record<string, FrameDeclaration>> | undefined
  readonly same?: SameDeclaration | undefined
  readonly by?: string | undefined
}

/** Values that are equal then and now: of one name, or `{ past: present }`. */
export type SameDeclaration = readonly string[] | Readonly<Record<string, string>>

/** A call of `never` must not go through while all of `when` holds, unless all of `unless` does. */
export interface InvariantDeclaration {
  readonly never: string | readonly string[] | { readonly effect: readonly Effect[] }
  readonly when?: ConditionDeclaration | undefined
  readonly unless?: ConditionDeclaration | undefined
  readonly severity: 'blocking' | 'advisory'
}

/** What holds of a call: labels that its session carries, a person's approval, and frames by `input.<argument>` or `params.<name>`. */
export interface ConditionDeclaration {
  readonly labels?: readonly string[] | undefined
  readonly approved?: true | undefined
  readonly [path: string]: FrameDeclaration | readonly string[] | true | undefined
}
