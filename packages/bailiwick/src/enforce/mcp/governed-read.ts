import { ProtocolError } from '@modelcontextprotocol/server'
import type { Verdict } from '../../model/decision.ts'
import type { Performed } from '../attempt.ts'
import { decisionMeta, denialText } from '../denial.ts'
import type { Answer } from './answer.ts'

/** JSON-RPC error of a read that was denied; its data has the decision. */
const denied = -32_010
/** JSON-RPC error of a read whose toolbox failed. */
const failed = -32_011

/** A denied read as the error that MCP has for it. */
export function deniedRead(performed: Extract<Performed<Answer>, { kind: 'denied' }>): ProtocolError {
  return new ProtocolError(denied, denialText(performed.decision), {
    'bailiwick/decision': decisionMeta(performed.call, performed.decision),
  })
}

/** A request that is not a call, refused by T0. */
export function deniedRequest(verdict: Verdict): ProtocolError {
  return new ProtocolError(denied, `Denied by Bailiwick (${verdict.tier}, ${verdict.rule}): ${verdict.reason}.`)
}

/** The result of a read that was carried out. @throws ProtocolError with the toolbox's own error, or ours for a fault of it */
export function answerOf(performed: Extract<Performed<Answer>, { kind: 'done' }>): Record<string, unknown> {
  const answer = performed.value
  if (answer.kind === 'error') throw new ProtocolError(answer.code, answer.message, answer.data)
  if (answer.kind === 'fault') throw new ProtocolError(failed, answer.message)
  return answer.result
}
