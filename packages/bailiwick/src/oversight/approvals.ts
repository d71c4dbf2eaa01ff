import { randomBytes } from 'node:crypto'
import { signText, verifyText } from '../authority/signing-key.ts'
import type { KeyPair } from '../authority/signing-key.ts'
import type { ApprovalEntry } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { actionHash, approvalHash } from '../model/approval.ts'
import type { ActionIdentity, Approval } from '../model/approval.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { ApprovalStore } from './approval-store.ts'

export interface ApprovalsOptions {
  readonly store: ApprovalStore
  readonly ledger: Ledger
  readonly clock: () => number
  /** Public key of the approver, as `x`; an approval that it did not sign is none. */
  readonly approverKey: string
}

/** Asks people to agree to exact actions, and keeps their answers: each binds one action, is good for one use, and expires to no. */
export class Approvals {
  readonly #options: ApprovalsOptions
  readonly #asking = new Map<string, Promise<Approval>>()

  constructor(options: ApprovalsOptions) {
    this.#options = options
  }

  /** The approval that covers an action: one that is pending or given already, else a new one. `lifetime` in milliseconds. */
  ask(action: ActionIdentity, reason: string, lifetime: number): Promise<Approval> {
    const key = actionHash(action)
    // Equal calls that arrive together are one question.
    const asking = this.#asking.get(key) ?? this.#ask(action, reason, lifetime).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  async #ask(action: ActionIdentity, reason: string, lifetime: number): Promise<Approval> {
    const known = await this.#options.store.forAction(action.session, actionHash(action))
    if (known !== null && (await this.#current(known)).state !== 'expired') return known
    const asked = this.#options.clock()
    const nonce = randomBytes(16).toString('base64url')
    const approval: Approval = {
      id: `apr_${randomBytes(9).toString('base64url')}`,
      hash: approvalHash(action, nonce, asked + lifetime),
      action: actionHash(action),
      session: action.session,
      agent: action.agent,
      goal: action.goal,
      tool: action.tool,
      arguments: action.arguments,
      reason,
      policyDigest: action.policyDigest,
      nonce,
      asked,
      expires: asked + lifetime,
      state: 'pending',
      approver: null,
      signature: null,
    }
    await this.#options.store.save(approval)
    await this.#record(approval, 'asked', null)
    return approval
  }

  /** The approval for an action that can be used now; null when there is none, or it is not genuine. */
  async given(action: ActionIdentity): Promise<Approval | null> {
    const found = await this.#options.store.forAction(action.session, actionHash(action))
    if (found === null) return null
    const approval = await this.#current(found)
    return approval.state === 'approved' && this.#isGenuine(action, approval) ? approval : null
  }

  /** Uses an approval up. False when it was used, or has expired, meanwhile. */
  async use(approval: Approval): Promise<boolean> {
    return this.#options.clock() < approval.expires && (await this.#options.store.change(approval.id, 'approved', 'used'))
  }

  /** Answers a pending approval. @throws BailiwickError `APPROVAL_UNKNOWN` or `APPROVAL_STATE` */
  async answer(
    id: string,
    answer: 'approved' | 'denied',
    by: { readonly name: string; readonly key: KeyPair; readonly rationale: string | null },
  ): Promise<Approval> {
    const approval = await this.find(id)
    if (approval.state !== 'pending') throw new BailiwickError('APPROVAL_STATE', `the approval \`${id}\` is ${approval.state} already`)
    const signature = signText(by.key, `${answer}\n${approval.hash}`)
    // The record comes first: an answer that is in force is in the ledger.
    await this.#record({ ...approval, approver: by.name, signature }, answer, by.rationale)
    if (!(await this.#options.store.change(id, 'pending', answer, { approver: by.name, signature })))
      throw new BailiwickError('APPROVAL_STATE', `the approval \`${id}\` was answered meanwhile`)
    return { ...approval, state: answer, approver: by.name, signature }
  }

  /** Finds an approval, expiring it if its time has come. @throws BailiwickError `APPROVAL_UNKNOWN` */
  async find(id: string): Promise<Approval> {
    const found = await this.#options.store.find(id)
    if (found === null)
      throw new BailiwickError('APPROVAL_UNKNOWN', `there is no approval \`${id}\``, {
        mend: '`bailiwick approvals` lists those that wait',
      })
    return this.#current(found)
  }

  /** Approvals in a state, newest first; null for all. Those whose time has come are expired first. */
  async list(state: Approval['state'] | null, limit: number): Promise<readonly Approval[]> {
    for (const approval of await this.#options.store.list('pending', limit)) await this.#current(approval)
    return this.#options.store.list(state, limit)
  }

  async #current(approval: Approval): Promise<Approval> {
    const { store, clock } = this.#options
    const live = approval.state === 'pending' || approval.state === 'approved'
    if (!live || clock() < approval.expires) return approval
    if (await store.change(approval.id, approval.state, 'expired')) await this.#record(approval, 'expired', null)
    return { ...approval, state: 'expired' }
  }

  #isGenuine(action: ActionIdentity, approval: Approval): boolean {
    const hash = approvalHash(action, approval.nonce, approval.expires)
    return approval.signature !== null && verifyText(this.#options.approverKey, `approved\n${hash}`, approval.signature)
  }

  async #record(approval: Approval, event: ApprovalEntry['event'], rationale: string | null): Promise<void> {
    const { id, hash, session, tool, approver, signature } = approval
    await this.#options.ledger.append({ type: 'approval', approval: id, event, hash, session, tool, approver, signature, rationale })
  }
}
