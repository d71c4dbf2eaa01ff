import type { Expectations } from '../../src/evals/expect/expectations.ts'
import type { RunTrace, TracedCall } from '../../src/evals/expect/run-trace.ts'

/** A call that was let through, with whatever is different about it. */
export function call(tool: string, args: TracedCall['arguments'] = {}, more: Partial<TracedCall> = {}): TracedCall {
  return {
    call: `call_${tool}`,
    tool,
    arguments: args,
    performed: args,
    response: 'allow',
    tier: 'T2',
    rule: 'contract:answer-letters',
    reason: '',
    policies: [],
    through: true,
    approved: false,
    labels: [],
    gained: [],
    result: null,
    status: 'ok',
    ...more,
  }
}

export function trace(calls: readonly TracedCall[], more: Partial<RunTrace> = {}): RunTrace {
  return {
    params: { folder: 'today' },
    request: 'Answer the letters of today.',
    calls,
    refused: [],
    undelivered: [],
    answer: null,
    fault: null,
    usage: { requests: 0, inputTokens: 0, outputTokens: 0 },
    cost: null,
    duration: 10,
    prompts: [],
    ...more,
  }
}

/** Expectations of nothing but these. */
export function expectations(some: Partial<Expectations>): Expectations {
  return {
    calls: [],
    decisions: [],
    labels: { has: [], lacks: [] },
    provenance: [],
    answer: {},
    absent: [],
    never: [],
    budget: {},
    ...some,
  }
}
