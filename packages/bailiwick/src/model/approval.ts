import type { JsonObject } from './json.ts'
import { canonicalJson, sha256Hex } from './json.ts'

export type ApprovalState = 'pending' | 'approved' | 'denied' | 'expired' | 'used'

/** A person's answer to one exact action, asked for and given once. */
export interface Approval {
  readonly id: string
  /** Hash of the action and of this asking for it: what the person signs. */
  readonly hash: string
  /** Hash of the action alone, by which a repeated call finds the approval. */
  readonly action: string
  readonly session: string
  readonly agent: string
  readonly goal: string
  readonly tool: string
  readonly arguments: JsonObject
  readonly reason: string
  readonly policyDigest: string
  readonly nonce: string
  /** Milliseconds since 1970. */
  readonly asked: number
  readonly expires: number
  readonly state: ApprovalState
  readonly approver: string | null
  /** Ed25519 over {@link hash} by the approver's key, base64url; null until answered. */
  readonly signature: string | null
}

export interface ActionIdentity {
  readonly tool: string
  readonly pin: string | null
  readonly arguments: JsonObject
  readonly agent: string
  readonly goal: string
  readonly session: string
  readonly policyDigest: string
}

/** Identifies one exact action under one exact ruleset. */
export function actionHash(action: ActionIdentity): string {
  return `sha256:${sha256Hex(`bailiwick action v1\n${canonicalJson(action)}`)}`
}

/** What an approver signs: the action, and the one asking for it. */
export function approvalHash(action: ActionIdentity, nonce: string, expires: number): string {
  return `sha256:${sha256Hex(`bailiwick approval v1\n${canonicalJson({ ...action, nonce, expires })}`)}`
}
