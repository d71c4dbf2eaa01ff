import type { Credential, Session } from '../model/session.ts'
import type { Installation } from './installation.ts'

/** Tokens of sessions that a process serves itself live briefly and are renewed while it does. */
const tokenLifetime = 15 * 60_000

/** The session's own credential, issued anew a minute before it would expire. */
export function renewedCredential({ runtime, token }: Installation, session: Session): () => Promise<Credential> {
  let current: Promise<string> | null = null
  let until = 0
  return async () => {
    const now = runtime.clock()
    if (current === null || now > until - 60_000 || now < until - tokenLifetime) {
      current = token(session, tokenLifetime)
      until = now + tokenLifetime
    }
    return runtime.authority.verify(await current)
  }
}
