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
    ...linksOf(credential),
  ]
}

/** What a call descends from by its credential: the token, the key that it is bound to, and the one by which it was got. */
export function linksOf(credential: Credential): readonly Link[] {
  if (!credential.valid) return []
  const { tokenId, key, agentKey } = credential
  return [{ kind: 'token', id: tokenId }, ...[key, agentKey].flatMap((id) => (id === undefined ? [] : [{ kind: 'key', id } as const]))]
}
