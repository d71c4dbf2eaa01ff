import type { DecisionEntry, OutcomeEntry } from '../../ledger/entry.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { entryAt } from '../../ledger/past-reader.ts'
import { readPayload } from '../../ledger/read-payload.ts'
import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'
import { letsThrough } from '../../model/vocabulary.ts'
import type { TracedCall } from '../expect/run-trace.ts'

interface Placed<T> {
  readonly index: number
  readonly entry: T
}

interface OpenTrace {
  readonly first: Placed<DecisionEntry>
  last: Placed<DecisionEntry>
  outcome: Placed<OutcomeEntry> | null
}

/** What a session did, as its receipts tell it: its calls in the order in which they were first decided, and what else was refused. */
export async function readTrace(
  store: LedgerStore,
  session: string,
): Promise<{ readonly calls: TracedCall[]; readonly refused: string[] }> {
  const traces = new Map<string, OpenTrace>()
  const refused: string[] = []
  for (const index of await store.indicesOf(session)) {
    const entry = await entryAt(store, index)
    if (entry?.type === 'decision') {
      const known = traces.get(entry.call)
      const placed = { index, entry }
      if (known === undefined) traces.set(entry.call, { first: placed, last: placed, outcome: null })
      else known.last = placed
    } else if (entry?.type === 'outcome') {
      const known = traces.get(entry.call)
      if (known !== undefined) known.outcome = { index, entry }
    } else if (entry?.type === 'event' && (entry.event === 'refused' || entry.event === 'withheld'))
      refused.push(`${entry.subject}: ${entry.detail}`)
  }
  return { calls: await Promise.all([...traces.values()].map((trace) => tracedCall(store, trace))), refused }
}

async function tracedCall(store: LedgerStore, trace: OpenTrace): Promise<TracedCall> {
  const first = trace.first.entry
  const last = trace.last.entry
  const outcome = trace.outcome?.entry ?? null
  const args = await objectOf(store, trace.first.index, first.arguments.hash)
  const performed = last.performed == null ? args : await objectOf(store, trace.last.index, last.performed.hash)
  const result = trace.outcome?.entry.result == null ? null : await readPayload(store, trace.outcome.index, trace.outcome.entry.result.hash)
  return {
    call: first.call,
    tool: first.tool,
    arguments: args,
    performed,
    response: first.response,
    tier: first.tier,
    rule: first.rule,
    reason: first.reason,
    policies: first.policies,
    through: letsThrough(last.response),
    approved: last.approval !== null,
    labels: first.labels,
    gained: outcome?.labels ?? [],
    result: isJsonObject(result) ? result : null,
    status: outcome?.status ?? null,
  }
}

async function objectOf(store: LedgerStore, index: number, hash: string): Promise<JsonObject> {
  const value = await readPayload(store, index, hash)
  return isJsonObject(value) ? value : {}
}
