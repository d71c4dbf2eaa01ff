import { everything } from './lineage.ts'
import type { Link } from './lineage.ts'
import type { Credential, Session } from './session.ts'

/** All that a call descends from, the broadest first. */
export function lineageOf(session: Pick<Session, 'id' | 'agent' | 'goal' | 'lineage'>, credential: Credential): readonly Link[] {
  return [
    everything,
    { kind: 'agent', id: session.agent },
    { kind: 'goal', id: session.goal },
    ...(session.lineage ?? []),
    { kind: 'session', id: session.id },
    ...(credential.valid ? [{ kind: 'token', id: credential.tokenId } as const] : []),
    ...(credential.valid && credential.key !== undefined ? [{ kind: 'key', id: credential.key } as const] : []),
  ]
}
