import { createHash } from 'node:crypto'
import { isBuiltInRead, letsThrough } from '../../model/vocabulary.ts'
import type { OutcomeStatus } from '../../model/vocabulary.ts'
import type { DecisionEntry, OutcomeEntry } from '../entry.ts'
import type { ExportRecord } from './export-record.ts'
import { labelsOf } from './selection.ts'
import { shortened } from './text.ts'

/** A finished call, of a tool or of a model, as a span of OpenTelemetry, in no library's types. The ids come from the call, and are the same however often it is sent. */
export interface CallSpan {
  readonly name: string
  /** Whether the span is of who was called, or of who calls. */
  readonly kind: 'server' | 'client'
  /** 16 and 8 bytes, lower-case hex. */
  readonly traceId: string
  readonly spanId: string
  /** Milliseconds since 1970. */
  readonly start: number
  readonly end: number
  readonly attributes: Readonly<Record<string, string | number | boolean | string[]>>
  /** Null when all went well. */
  readonly error: string | null
}

export const longestText = 4096

/**
 * The span of a call that has come to its end: of its outcome, or of a decision that let nothing through. Null for every other record. By the semantic
 * conventions for MCP and generative AI; `bailiwick.*` is what they have no name for.
 */
export function callSpan(record: ExportRecord): CallSpan | null {
  const { entry, decision } = record
  if (decision === null || (entry.type !== 'outcome' && (entry.type !== 'decision' || letsThrough(entry.response)))) return null
  const outcome = entry.type === 'outcome' ? entry : null
  const [method, target] = methodOf(decision.tool)
  const errorType = outcome === null ? (decision.response === 'deny' ? 'denied' : null) : errorTypes[outcome.status]
  const hash = createHash('sha256').update(`bailiwick call v1\n${decision.call}`).digest('hex')
  const end = Date.parse(entry.time)
  return {
    name: target === null ? method : `${method} ${target}`,
    kind: 'server',
    traceId: hash.slice(0, 32),
    // A call that waits for a person is decided anew later, and has then a span of its own in the same trace.
    spanId: decision.response === 'ask' ? createHash('sha256').update(`${hash} ask`).digest('hex').slice(0, 16) : hash.slice(32, 48),
    start: Math.min(Date.parse(decision.time), end),
    end,
    attributes: {
      'mcp.method.name': method,
      ...(target === null
        ? {}
        : { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': target, 'gen_ai.tool.call.id': decision.call }),
      'gen_ai.agent.name': decision.agent,
      'gen_ai.conversation.id': decision.session,
      'network.transport': decision.point === 'mcp/stdio' ? 'pipe' : 'tcp',
      ...(decision.person === null ? {} : { 'user.name': decision.person }),
      ...(errorType === null ? {} : { 'error.type': errorType }),
      ...own(record, decision, outcome),
    },
    error: errorType === null ? null : shortened(outcome === null ? decision.reason : (outcome.error ?? outcome.status), longestText),
  }
}

function own(record: ExportRecord, decision: DecisionEntry, outcome: OutcomeEntry | null): CallSpan['attributes'] {
  return {
    'bailiwick.response': decision.response,
    'bailiwick.aarm': decision.aarm,
    'bailiwick.tier': decision.tier,
    'bailiwick.rule': decision.rule,
    'bailiwick.reason': shortened(decision.reason, longestText),
    ...(decision.observed === null ? {} : { 'bailiwick.observed': decision.observed }),
    'bailiwick.goal': decision.goal,
    'bailiwick.policy.digest': decision.policyDigest,
    'bailiwick.labels': [...labelsOf(record)],
    'bailiwick.entry.index': record.index,
    'bailiwick.entry.leaf': record.leaf,
    ...(outcome === null
      ? {}
      : {
          'bailiwick.outcome': outcome.status,
          'bailiwick.result.bytes': outcome.bytes,
          'bailiwick.tool.milliseconds': outcome.milliseconds,
        }),
  }
}

const errorTypes: Readonly<Record<OutcomeStatus, string | null>> = {
  ok: null,
  error: 'tool_error',
  refused: 'refused',
  cancelled: 'cancelled',
  unknown: 'unknown',
}

/** The method, and the tool where it is one. */
function methodOf(tool: string): readonly [method: string, target: string | null] {
  const name = tool.slice(tool.indexOf('.') + 1)
  return isBuiltInRead(name) ? [name, null] : ['tools/call', tool]
}
