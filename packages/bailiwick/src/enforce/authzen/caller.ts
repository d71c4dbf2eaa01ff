import { agentId } from '../../model/agent-id.ts'
import type { GovernedSession } from '../governed-session.ts'
import type { Entity, Refusal, RequestContext } from './evaluation-request.ts'

/** Who asks: the agent of a session, by its token. */
export interface Caller {
  readonly governed: GovernedSession
  readonly token: string
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal
}

/** Why a caller may not ask in that name or of that session; null when they are its own. */
export function foreign({ governed }: Caller, subject: Entity, context: RequestContext | undefined): Refusal | null {
  const { session, runtime } = governed
  const own = [session.agent, agentId(runtime.rules.current.manifest.trustDomain, session.agent)]
  if (subject.type !== 'agent' || !own.includes(subject.id)) return { status: 403, message: 'the token belongs to another subject' }
  if (context?.session !== undefined && context.session !== session.id)
    return { status: 403, message: 'the token belongs to another session' }
  return null
}
