import { currentUser } from '../installation.ts'
import type { Records } from '../installation.ts'

/** Ends a session for good: cut off like anything else that is revoked, so that it is announced as well. @throws BailiwickError `SESSION_UNKNOWN` or `SESSION_STATE` */
export async function revokeSession({ sessions, revocations }: Pick<Records, 'sessions' | 'revocations'>, id: string): Promise<void> {
  const { state } = await sessions.find(id)
  if (state === 'active' || state === 'paused') await revocations.revoke({ kind: 'session', id }, { by: currentUser(), reason: '' })
  await sessions.change(id, 'revoke', currentUser())
}
