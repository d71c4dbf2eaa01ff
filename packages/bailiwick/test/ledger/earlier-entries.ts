import type { JsonObject } from '../../src/model/json.ts'
import { digestOf } from './scratch-ledger.ts'

const stamp = { v: 1, time: '2026-01-15T12:00:00.000Z', instance: 'gateway-0' }
const commitment = { hash: digestOf('ee'), bytes: 2 }

/** A call as the first builds wrote it, which had neither facts nor controls, changed no arguments, and chained no sessions. */
export const earlierDecision: JsonObject = {
  ...stamp,
  type: 'decision',
  call: 'call_0',
  point: 'mcp',
  session: 'ses_0',
  agent: 'clerk',
  person: null,
  goal: 'letters',
  params: {},
  token: null,
  tool: 'mail.send',
  pin: null,
  arguments: commitment,
  policyDigest: digestOf('bb'),
  response: 'allow',
  aarm: 'ALLOW',
  tier: 'T4',
  rule: 'T4.pass',
  reason: '',
  observed: null,
  verdicts: [],
  policies: [],
  severity: null,
  labels: [],
  approval: null,
}

/** Entries of forms that builds of today no longer write. */
export const earlierEntries: readonly JsonObject[] = [
  earlierDecision,
  { ...earlierDecision, performed: null, controls: [], facts: { mails: 0 }, previous: 'aa'.repeat(32) },
  {
    ...stamp,
    type: 'outcome',
    call: 'call_0',
    session: 'ses_0',
    status: 'ok',
    error: null,
    result: commitment,
    bytes: 2,
    milliseconds: 1,
    labels: [],
  },
  { ...stamp, type: 'event', event: 'rules', session: null, subject: digestOf('bb'), detail: 'in force' },
]
