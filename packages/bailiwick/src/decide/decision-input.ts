import type { Call } from '../model/call.ts'
import type { FactValues } from '../model/fact.ts'
import type { Link } from '../model/lineage.ts'
import type { Goal, Ruleset, Tool } from '../model/ruleset.ts'
import type { Credential, Session } from '../model/session.ts'
import type { SessionUsage } from './session-usage.ts'

/** A session that another descends from, and what it and all that descend from it have used up. */
export interface Ancestor {
  readonly session: Session
  readonly usage: SessionUsage
}

/** Everything a decision rests on. Two equal inputs give equal decisions. */
export interface DecisionInput {
  readonly call: Call
  readonly session: Session
  readonly usage: SessionUsage
  /** The sessions that the session was delegated from, outermost first; absent or empty when a person opened it. */
  readonly ancestors?: readonly Ancestor[] | undefined
  readonly credential: Credential
  /** What the facts that the tool's policies read are for this call. One that cannot be told is missing, and a policy that reads it fails. */
  readonly facts: FactValues
  readonly ruleset: Ruleset
  /** An approval given for exactly this action and not used yet; null when there is none. */
  readonly approval: string | null
  /** What the call descends from that was revoked; absent when nothing was. */
  readonly revoked?: Link
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The input once T1 has found that the tool is in the inventory and in the contract. */
export interface AdmittedInput extends DecisionInput {
  readonly tool: Tool
  readonly goal: Goal
}
