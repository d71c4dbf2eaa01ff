import type { Approval, ApprovalState } from '../model/approval.ts'

/** What approvals ask of a store. */
export interface ApprovalStore {
  save(approval: Approval): Promise<void>
  find(id: string): Promise<Approval | null>
  list(state: ApprovalState | null, limit: number): Promise<readonly Approval[]>
  /** The newest approval of a session for an action that is `pending` or `approved`; null when there is none. */
  forAction(session: string, action: string): Promise<Approval | null>
  /** Drops all approvals of a session that has ended; the ledger keeps that they were asked for and answered. */
  forgetSession(session: string): Promise<void>
  /** Moves an approval from one state to another in one step; false when it was not in `from`. */
  change(
    id: string,
    from: ApprovalState,
    to: ApprovalState,
    answer?: { readonly approver: string; readonly signature: string },
  ): Promise<boolean>
}
