import type { DelegatedSession } from '../history.ts'
import type { Effect, Sink } from '../../model/vocabulary.ts'

/** A privilege: a tool that an agent may use. */
export interface Grant {
  /** `toolbox.tool` */
  readonly tool: string
  readonly goals: readonly string[]
  /** True when every goal has it under `confirm`. */
  readonly confirmed: boolean
  /** RFC 3339; null when the ledger knows of no use. */
  readonly lastUsed: string | null
}

export interface InventoryAgent {
  readonly name: string
  /** Whether the manifest declares it; what is not declared is only known by name and place. */
  readonly declared: boolean
  readonly id: string | null
  readonly owner: string | null
  readonly model: string | null
  readonly version: string | null
  readonly purpose: string | null
  readonly mode: 'enforce' | 'observe' | null
  readonly goals: readonly string[]
  readonly grants: readonly Grant[]
  /** Labels of the data that it can reach. */
  readonly data: readonly string[]
  /** Where it is configured or was seen: `file:line`, a file, or `ledger`. */
  readonly places: readonly string[]
}

export interface InventoryTool {
  readonly tool: string
  readonly effect: Effect
  readonly labels: readonly string[]
  readonly sinks: Readonly<Record<string, Sink>>
  readonly pin: string | null
  readonly place: string
}

/** An MCP server as a client's configuration has it. Nothing of it that may be secret is kept: no value of its environment, headers or flags. */
export interface ConfiguredServer {
  readonly client: string
  readonly file: string
  readonly name: string
  /** The program and what it runs, or the origin of its address. */
  readonly runs: string
  /** Names of its variables and headers. */
  readonly given: readonly string[]
  readonly disabled: boolean
  /** What it is: the gateway, for an agent if one is named; or a server reached past the gateway. */
  readonly via: 'gateway' | 'direct'
  readonly agent: string | null
  /** The declared toolbox that it is, when it is reached past the gateway. */
  readonly toolbox: string | null
}

/** An agent framework that a project depends on. */
export interface FoundFramework {
  readonly framework: string
  readonly package: string
  /** As the file says it: a range, or the locked version; null when it says none. */
  readonly version: string | null
  readonly file: string
}

export const findingKinds = ['shadow', 'bypass', 'ownerless', 'unpinned', 'changed', 'unused', 'drift', 'unreadable'] as const
export type FindingKind = (typeof findingKinds)[number]

/** Something that somebody should look at. */
export interface InventoryFinding {
  readonly kind: FindingKind
  readonly subject: string
  readonly message: string
  readonly mend: string
  /** `file:line`, or a file; null when it has no place. */
  readonly place: string | null
}

export interface Inventory {
  /** RFC 3339. */
  readonly taken: string
  /** Null when there is no manifest, or none that can be read. */
  readonly trustDomain: string | null
  readonly agents: readonly InventoryAgent[]
  readonly tools: readonly InventoryTool[]
  readonly servers: readonly ConfiguredServer[]
  readonly frameworks: readonly FoundFramework[]
  /** Sessions that agents handed on to others and that have not ended, by what the ledger tells. */
  readonly delegated: readonly DelegatedSession[]
  readonly findings: readonly InventoryFinding[]
}
