import type { PolicySet } from '@bailiwick/cedar'
import type { CedarShape } from './cedar-shape.ts'
import type { CredentialDeclaration } from './credential.ts'
import type { Fact } from './fact.ts'
import type { Frame } from './frame.ts'
import type { InputCheck } from './input-check.ts'
import type { ParametersCheck } from './parameter-check.ts'
import type { AgentDeclaration, Manifest, ParameterDeclaration, ToolDeclaration } from './manifest.ts'
import type { SecretSource } from './secret-source.ts'
import type { ToolDefinition } from './pin.ts'
import type { OutputCheck } from './output-check.ts'
import type { PolicyJson } from './policy-json.ts'
import type { Redaction } from './redaction.ts'
import type { TextSearch } from './regular-expression.ts'
import type { Allowance, RiskDimension } from './vocabulary.ts'

/** A manifest with its policies and lock, checked and compiled: what every decision is made with. Immutable. */
export interface Ruleset {
  /** SHA-256 over manifest, lock and policies in canonical form; every receipt names it. */
  readonly digest: string
  readonly manifest: Manifest
  /** The folder of the manifest, absolute: relative paths in it start here. */
  readonly base: string
  /** Manifest, lock, policies and the folder of keys and ledger, absolute: no call may touch them. */
  readonly own: readonly string[]
  readonly agents: ReadonlyMap<string, Agent>
  readonly toolboxes: ReadonlyMap<string, Toolbox>
  /** By `toolbox.tool`. */
  readonly tools: ReadonlyMap<string, Tool>
  readonly goals: ReadonlyMap<string, Goal>
  readonly policies: PolicySet
  readonly policyRules: ReadonlyMap<string, PolicyRule>
  readonly facts: ReadonlyMap<string, Fact>
  /** The facts that must be known to decide on a call, by `toolbox.tool`. */
  readonly factsRead: ReadonlyMap<string, readonly Fact[]>
  /** Those of them that other facts look up in past calls of the tool. */
  readonly factsLookedUp: ReadonlyMap<string, readonly string[]>
  /** The manifest's own patterns of what can be redacted, by name. */
  readonly patterns: ReadonlyMap<string, TextSearch>
  /** How policies on a tool see the parameters of goals, by `toolbox.tool`. */
  readonly parameters: ReadonlyMap<string, Extract<CedarShape, { kind: 'record' }>>
  /** The Cedar schema made from the tools, in Cedar's schema syntax. */
  readonly cedarSchema: string
  /** What policies see of each agent's risk, by its name. Whoever puts a ruleset into force computes it; absent where nobody did. */
  readonly risk?: ReadonlyMap<string, AgentRisk>
}

/** An agent's risk by its configuration: the scores, and the quadrants of both matrices. */
export interface AgentRisk extends Readonly<Record<RiskDimension, number>> {
  readonly strategic: string
  readonly operational: string
}

export interface Agent extends AgentDeclaration {
  readonly name: string
  /** `spiffe://<trust domain>/agent/<name>` */
  readonly id: string
}

export interface Toolbox {
  readonly name: string
  readonly server: McpServer
  readonly credential: CredentialDeclaration | null
  readonly tools: readonly Tool[]
}

export interface McpServer {
  readonly command: string | null
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, SecretSource>>
  readonly cwd: string
  readonly url: string | null
  readonly headers: Readonly<Record<string, SecretSource>>
  /** Milliseconds. */
  readonly timeout: number
}

export interface Tool {
  /** `toolbox.tool` */
  readonly key: string
  readonly toolbox: string
  readonly name: string
  /** What agents call it; null for the governed reads, which have methods of their own. */
  readonly shown: string | null
  readonly declaration: ToolDeclaration
  /** Null for the governed reads. */
  readonly definition: ToolDefinition | null
  readonly pin: string | null
  readonly checkInput: InputCheck
  /** Null for a tool that promises nothing about its structured results. */
  readonly checkOutput: OutputCheck | null
  readonly shape: Extract<CedarShape, { kind: 'record' }>
}

export interface Goal {
  readonly name: string
  readonly description: string | null
  readonly params: Readonly<Record<string, ParameterDeclaration>>
  readonly checkParams: ParametersCheck
  /** The contract: frames by argument, by tool key. A tool that is not here may not be used. */
  readonly contract: ReadonlyMap<string, ReadonlyMap<string, Frame>>
  readonly allow: ReadonlySet<Allowance>
  readonly confirm: ReadonlySet<string>
  readonly limits: Limits
}

export interface Limits {
  readonly calls: number | null
  readonly resultBytes: number | null
  /** Milliseconds a session may last. */
  readonly lifetime: number | null
  readonly rates: ReadonlyMap<string, { readonly calls: number; readonly within: number }>
  readonly repeats: number
}

/** What a policy's annotations ask for. */
export interface PolicyRule {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly response: 'deny' | 'ask' | 'sanitize'
  readonly message: string | null
  readonly severity: 'low' | 'medium' | 'high' | 'critical' | null
  /** The facts that the policy reads. */
  readonly facts: readonly string[]
  /** What is to be taken out of the call and its result; empty unless the response is `sanitize`. */
  readonly redactions: readonly Redaction[]
  /** Ids of the controls that the policy puts into effect. */
  readonly controls: readonly string[]
  /** `file:line` where the policy stands; null for a policy made from a contract. */
  readonly place: string | null
  /** The policy in Cedar's JSON form; null for a policy made from a contract. */
  readonly json: PolicyJson | null
}
