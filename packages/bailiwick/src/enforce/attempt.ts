import type { LentCredential } from '../ledger/entry.ts'
import type { Ancestor } from '../decide/decision-input.ts'
import type { Approval } from '../model/approval.ts'
import type { Call } from '../model/call.ts'
import type { Decision } from '../model/decision.ts'
import type { JsonObject } from '../model/json.ts'
import type { Link } from '../model/lineage.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { Credential, Session } from '../model/session.ts'
import type { OutcomeStatus } from '../model/vocabulary.ts'
import type { Fulfilment } from './fulfilment.ts'
import type { SessionContract } from './session-contract.ts'

/** What an agent wants done, and how the enforcement point would do it. */
export interface Attempt<T> {
  readonly point: string
  readonly tool: string
  readonly arguments: JsonObject
  /** The pin of the tool, as the given ruleset has it, that its server defines now; looked at again after a person was waited for. */
  readonly livePin: (ruleset: Ruleset) => Promise<string | null>
  /** False when the toolbox runs on another machine. */
  readonly local: boolean
  /** Says who asks; looked at again after a person was waited for. */
  readonly credential: () => Promise<Credential>
  /**
   * Carries the call out under the contract that it was decided by; called at most once, and only after the decision is durable. The signal is aborted when
   * the agent gives the call up, and soon after what it descends from was revoked. Who has waited for something before the tool is reached asks `lost`.
   */
  readonly run: (
    call: string,
    contract: SessionContract,
    fulfilment: Fulfilment,
    signal: AbortSignal,
    lost: LastLook,
  ) => Promise<RunResult<T>>
  /** Aborted when the agent gives the call up. */
  readonly signal: AbortSignal
  /** Told, again and again while a person is waited for, which approval it is. */
  readonly onWaiting: (approval: Approval) => Promise<void>
}

/** What a call descends from that was revoked by now; null when nothing was. */
export type LastLook = () => Promise<Link | null>

/** What came of a call: what the agent gets, and what the ledger commits to. */
export interface RunResult<T> {
  readonly status: OutcomeStatus
  readonly error: string | null
  readonly value: T
  readonly recorded: unknown
  readonly bytes: number
  /** What the toolbox was lent for the call; absent when that was nothing. */
  readonly credentials?: readonly LentCredential[]
}

export type Performed<T> =
  | { readonly kind: 'denied'; readonly call: string; readonly decision: Decision }
  | {
      readonly kind: 'done'
      readonly call: string
      readonly decision: Decision
      readonly value: T
      /** How often what was taken out, by path and kind. */
      readonly redacted: Readonly<Record<string, number>>
    }

/** What a decision rests on besides what the session has used up, all of it looked at under one and the same ruleset. */
export interface Sight {
  readonly ruleset: Ruleset
  readonly call: Call
  readonly session: Session
  readonly ancestors: readonly Ancestor[]
  readonly credential: Credential
  /** What the call descends from that was revoked; absent when nothing was. */
  readonly revoked?: Link
}
