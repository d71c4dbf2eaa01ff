import { commit } from '../../src/ledger/commitment.ts'
import type { DecisionEntry, NewEntry } from '../../src/ledger/entry.ts'
import type { ExportRecord } from '../../src/ledger/export/export-record.ts'
import { readRecords } from '../../src/ledger/export/read-records.ts'
import { RecordReader } from '../../src/ledger/export/record-reader.ts'
import type { Selection } from '../../src/ledger/export/selection.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import type { LedgerStore } from '../../src/ledger/ledger-store.ts'
import { aarmNames } from '../../src/model/vocabulary.ts'
import { answered, asked, decision, digestOf, fill, note, outcome } from '../ledger/scratch-ledger.ts'

/** What breaks formats that are put together carelessly. Half of a pair cannot come into the ledger, whose text is canonical. */
export const hostile: string = 'a|b=c\\d\r\ne"f]g\u2028h\u0000i\u001B[31mj\u0085CEF:0|x|y\n<0>1 - fake 💥'

/** A reason that fills nearly all that an entry may hold. */
export const longReason: string = 'é=|\\\n'.repeat(7600)

/** A call by response, with other members. */
export function call(id: string, members: Partial<DecisionEntry> = {}): NewEntry {
  return { ...decision(id), approval: null, aarm: aarmNames[members.response ?? 'allow'], ...members } as NewEntry
}

const approval = {
  type: 'approval',
  approval: 'apr_9',
  hash: digestOf('dd'),
  session: 'ses_1',
  tool: 'mail.send',
  signature: null,
} as const
const event = { type: 'event', session: null, subject: hostile, detail: hostile } as const

/** Entries of every kind and event, ordinary and hostile ones. */
export async function fillWithEverything(ledger: Ledger): Promise<void> {
  await fill(ledger)
  const answers = ['allow', 'sanitize', 'sandbox', 'defer', 'ask', 'deny'] as const
  for (const [index, response] of answers.entries())
    await ledger.append(
      call(`call_${response}`, { response, severity: ([null, 'low', 'medium', 'high', 'critical', null] as const)[index] ?? null }),
    )
  for (const [index, status] of (['ok', 'error', 'refused', 'cancelled', 'unknown'] as const).entries())
    await ledger.append({ ...outcome(`call_${answers[index]}`), status, error: status === 'ok' ? null : hostile } as NewEntry)
  const lent = { name: 'crm.credential', scopes: ['crm.read', hostile], person: hostile }
  await ledger.append({ ...outcome('call_lent'), v: 2, credentials: [lent, { name: hostile, scopes: null, person: null }] } as NewEntry)
  await ledger.append(call('call_observed', { observed: 'deny', reason: hostile, tool: 'files.resources/read', rule: hostile }))
  await ledger.append(call('call_long', { response: 'deny', reason: longReason, params: { week: hostile }, labels: ['pii', 'finance'] }))
  await ledger.append(asked('model_1'))
  await ledger.append(answered('model_1'))
  await ledger.append({ ...asked('model_2'), person: null, requestModel: null, requestStream: false, providerName: hostile })
  await ledger.append({
    ...answered('model_2', {
      status: 'error',
      error: hostile,
      responseModel: null,
      responseId: hostile,
      toolNames: [hostile],
      response: null,
    }),
    requestModel: null,
    requestStream: false,
    person: null,
    providerName: hostile,
  })
  for (const status of ['aborted', 'unknown'] as const) {
    await ledger.append({ ...asked(`model_${status}`), requestModel: hostile })
    await ledger.append({ ...answered(`model_${status}`, { status, error: 'gone', outputTokens: null }), requestModel: hostile })
  }
  const session = { type: 'session', session: 'ses_1', agent: 'clerk', person: null, goal: 'letters', params: {}, request: null } as const
  for (const change of ['paused', 'resumed', 'revoked', 'closed'] as const)
    await ledger.append({ ...session, event: change, by: hostile, policyDigest: null })
  for (const [index, proofs] of [
    { agent: { iss: 'https://ci.example', sub: hostile, jti: null }, person: null },
    { agent: null, person: { iss: 'https://login.example', sub: null, jti: hostile } },
  ].entries())
    await ledger.append({
      ...session,
      v: 3,
      session: `ses_proved_${index}`,
      event: 'opened',
      by: 'gateway',
      policyDigest: digestOf('bb'),
      proofs,
    })
  for (const [index, answer] of (['asked', 'approved', 'denied', 'expired'] as const).entries())
    await ledger.append({ ...approval, event: answer, approver: index === 0 ? null : hostile, rationale: index === 0 ? null : hostile })
  for (const kind of ['withheld', 'refused', 'completion', 'rules', 'upstream', 'alert'] as const)
    await ledger.append({ ...event, event: kind })
  await ledger.append({ ...event, event: 'alert', subject: 'redteam', detail: 'closed: it passes again' })
  const changes = { count: 2, changed: 1, names: [hostile] }
  const known = { type: 'configuration', session: null, policyDigest: digestOf('bb') } as const
  const contents = commit({ pins: { 'mail.send': digestOf('aa') }, policies: { [hostile]: digestOf('ab') } })
  await ledger.append(
    { ...known, event: 'ruleset', before: digestOf('ba'), pins: changes, policies: changes, contents: contents.commitment },
    [contents.payload],
  )
  await ledger.append({ ...known, event: 'refused', detail: hostile })
  await ledger.append({ type: 'configuration', event: 'trust-policy', session: null, trustDigest: null, before: digestOf('ee') })
  const [items, results] = [commit({ 'agent:clerk': hostile }), commit([hostile])]
  await ledger.append(
    { type: 'inventory', session: null, agents: 1, tools: 2, servers: 1, findings: { shadow: 1 }, items: items.commitment },
    [items.payload],
  )
  const evaluation = { type: 'evaluation', session: null, policyDigest: digestOf('bb'), passed: 1, results: results.commitment } as const
  await ledger.append({ ...evaluation, kind: 'redteam', ok: false, failed: 1 }, [results.payload])
  await ledger.append({ type: 'erasure', session: 'ses_1', by: hostile, reason: hostile })
  await ledger.append({
    type: 'revocation',
    session: 'ses_1',
    event: 'revoked',
    kind: 'session',
    id: 'ses_1',
    by: hostile,
    reason: hostile,
  })
  await ledger.append({
    type: 'agent-key',
    session: null,
    event: 'expires',
    agent: 'clerk',
    thumbprint: 'x',
    until: '2026-01-15T12:00:00.000Z',
    by: hostile,
  })
  await ledger.append({ type: 'revocation', session: null, event: 'lifted', kind: 'everything', id: '*', by: hostile, reason: hostile })
  await ledger.append(note('last'))
}

/** The records of a whole ledger that a selection wants. */
export async function recordsOf(store: LedgerStore, selection: Selection = {}, payloads = false): Promise<ExportRecord[]> {
  const range = { from: 0, to: await store.size() }
  const records: ExportRecord[] = []
  for await (const record of readRecords(store, new RecordReader(store, payloads), range, selection)) records.push(record)
  return records
}
