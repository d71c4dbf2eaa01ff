import * as z from 'zod'
import type { ApprovalEntry, ErasureEntry, RevocationEntry, SessionEntry } from '../entry.ts'
import { revocableKinds } from '../../model/lineage.ts'
import type { IdentityProof } from '../../model/session.ts'
import { exactly } from './exactly.ts'
import { commitment, digest, leaf, linked, params, text } from './fields.ts'

const session = {
  ...linked,
  type: z.literal('session'),
  session: text,
  event: z.enum(['opened', 'paused', 'resumed', 'revoked', 'closed']),
  agent: text,
  person: text.nullable(),
  goal: text,
  params,
  request: commitment.nullable(),
  by: text,
  policyDigest: digest.nullable(),
}

type FirstSession = Omit<SessionEntry, 'v' | 'delegation' | 'proofs'> & { readonly v: 1 }
export const sessionForm: z.ZodType<FirstSession> = exactly<FirstSession>()(z.strictObject(session))

type DelegatedSession = Omit<SessionEntry, 'v' | 'previous' | 'proofs'> &
  Required<Pick<SessionEntry, 'previous' | 'delegation'>> & { readonly v: 2 }
/** With what was delegated. */
export const delegatedSessionForm: z.ZodType<DelegatedSession> = exactly<DelegatedSession>()(
  z.strictObject({ ...session, v: z.literal(2), previous: leaf, delegation: z.strictObject({ id: text, parent: text, part: commitment }) }),
)

const proof: z.ZodType<IdentityProof> = exactly<IdentityProof>()(z.strictObject({ iss: text, sub: text.nullable(), jti: text.nullable() }))

type ProvedSession = Omit<SessionEntry, 'v' | 'previous' | 'delegation'> &
  Required<Pick<SessionEntry, 'previous' | 'proofs'>> & { readonly v: 3 }
/** With what agent and person proved themselves by. */
export const provedSessionForm: z.ZodType<ProvedSession> = exactly<ProvedSession>()(
  z.strictObject({
    ...session,
    v: z.literal(3),
    previous: leaf,
    proofs: z.strictObject({ agent: proof.nullable(), person: proof.nullable() }),
  }),
)

export const approvalForm: z.ZodType<ApprovalEntry> = exactly<ApprovalEntry>()(
  z.strictObject({
    ...linked,
    type: z.literal('approval'),
    approval: text,
    event: z.enum(['asked', 'approved', 'denied', 'expired']),
    hash: digest,
    session: text,
    tool: text,
    approver: text.nullable(),
    signature: text.nullable(),
    rationale: text.nullable(),
  }),
)

export const erasureForm: z.ZodType<ErasureEntry> = exactly<ErasureEntry>()(
  z.strictObject({ ...linked, type: z.literal('erasure'), session: text, by: text, reason: text }),
)

export const revocationForm: z.ZodType<RevocationEntry> = exactly<RevocationEntry>()(
  z.strictObject({
    ...linked,
    type: z.literal('revocation'),
    event: z.enum(['revoked', 'lifted']),
    kind: z.enum(revocableKinds),
    id: text,
    session: text.nullable(),
    by: text,
    reason: text,
  }),
)
