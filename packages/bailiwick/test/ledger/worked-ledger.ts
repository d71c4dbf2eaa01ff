import { spawnSync } from 'node:child_process'
import { recordInventory } from '../../src/assess/inventory/recorded.ts'
import { signingKey } from '../../src/authority/signing-key.ts'
import { paramsHash } from '../../src/decide/t0-identity.ts'
import type { Performed, RunResult } from '../../src/enforce/attempt.ts'
import { GovernedSession } from '../../src/enforce/governed-session.ts'
import { knownRuleset, lastRecordedRuleset, recordRuleset } from '../../src/enforce/record-ruleset.ts'
import { recordEvaluation } from '../../src/evals/report/record-evaluation.ts'
import { closeAbandonedCalls, thisInstance } from '../../src/ledger/crash-recovery.ts'
import { eraseSession } from '../../src/ledger/vault/erasure.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import type { Credential, Session } from '../../src/model/session.ts'
import { office } from '../decide/office.ts'
import { rulesetFor } from '../decide/ruleset-for.ts'
import { scratchRuntime } from '../enforce/scratch-runtime.ts'
import { answered, asked, decision } from './scratch-ledger.ts'
import type { ScratchLedger } from './scratch-ledger.ts'

const ann = { name: 'ann', key: signingKey(new Uint8Array(32).fill(4)), rationale: 'she asked for it' }

/** Sends letters without personal data in them, asks before it reads notes, and refuses letters to itself. */
function rules(limits = ''): Ruleset {
  const send = 'forbid(principal, action == Action::"mail.send", resource)'
  const policies = [
    `@id("body") @control("B2, A1") @response("sanitize") @severity("high") @redact("input.body:pii, output:pii") ${send} when { context.input has body };`,
    `@id("self") @message("not to itself") ${send} when { context.input.to == "clerk@corp.example" };`,
    `@id("many") ${send} when { context.facts.sent > 100 };`,
  ]
  const { manifest, ...rest } = office(
    { params: 'week: { type: string }', more: `confirm: [notes.read]\n    ${limits}` },
    { 'a.cedar': policies.join('\n') },
  )
  return rulesetFor({ ...rest, manifest: `${manifest}facts:\n  sent: { over: session, within: 1h, count: mail.send }\n` })
}

/**
 * Has everything happen that a gateway writes down, in a ledger of its own: calls that are let through, refused, sanitised and asked about, that fail,
 * are cut off by a crash, and so on. Signs the last head.
 */
export async function work(scratch: ScratchLedger): Promise<void> {
  let now = Date.UTC(2026, 0, 15, 12)
  const ruleset = rules()
  const runtime = scratchRuntime(ruleset, scratch, { clock: () => (now += 7), approverKey: ann.key.x })
  const { ledger, ledgerStore, sessions, revocations, approvals } = runtime
  await recordRuleset(ledger, ruleset, await lastRecordedRuleset(ledgerStore))
  await ledger.append({ type: 'configuration', event: 'trust-policy', session: null, trustDigest: null, before: null })

  const opening = { agent: 'clerk', goal: 'letters', params: { week: '2026-W03' }, person: 'ann', request: 'Answer the letters.' }
  const session = await sessions.open(ruleset, opening)
  const governed = await GovernedSession.open(runtime, session)
  type Answer = 'approved' | 'denied' | 'none'
  const call = async (
    tool: string,
    args: JsonObject,
    run: Partial<RunResult<null>> = {},
    answer: Answer = 'none',
  ): Promise<Performed<null>> =>
    governed.perform({
      point: 'test',
      tool,
      arguments: args,
      livePin: async (inForce) => inForce.tools.get(tool)?.pin ?? null,
      local: true,
      credential: async () => credentialOf(session),
      run: async () => ({ status: 'ok', error: null, value: null, recorded: { text: 'mail bob@corp.example' }, bytes: 4, ...run }),
      signal: AbortSignal.timeout(60_000),
      onWaiting: async ({ id, state }) => {
        if (state !== 'pending') return
        if (answer === 'none') now += 600_000
        else await approvals.answer(id, answer, ann)
      },
    })
  await call('mail.send', { to: 'bob@corp.example' })
  await call('mail.send', { to: 'bob@corp.example', body: 'call +49 30 901820' })
  await call('mail.send', { to: 'clerk@corp.example' })
  await call('mail.send', { to: 'bob@elsewhere.example' })
  await call('mail.erase', {})
  await call('mail.send', { to: 'eve@corp.example' }, { status: 'error', error: 'the mailbox is full', recorded: null })
  await call('notes.read', { path: 'a' }, {}, 'approved')
  await call('notes.read', { path: 'b' }, {}, 'denied')
  await call('notes.read', { path: 'c' })
  await governed.note('refused', 'mail sampling/createMessage', 'the contract does not allow it')
  await ledger.append(asked('model_1'))
  await ledger.append(answered('model_1'))

  const next = rules('limits: { calls: 7 }')
  await recordRuleset(ledger, next, knownRuleset(ruleset))
  await ledger.append({
    type: 'configuration',
    event: 'refused',
    session: null,
    policyDigest: next.digest,
    detail: 'a.cedar:1:1: no policy',
  })
  await ledger.append({ type: 'event', event: 'alert', session: null, subject: 'redteam', detail: 'opened: 1 attack passes' })

  const { ledger: dead, instances } = scratch.open('dead')
  await instances.save({ id: 'dead', pid: spawnSync(process.execPath, ['--version']).pid, started: '' })
  await dead.append(decision('call_dead'))
  await instances.save(thisInstance(ledger.instance))
  await closeAbandonedCalls(ledger, ledgerStore, instances)

  await revocations.revoke({ kind: 'agent', id: 'nobody' }, { by: 'ann', reason: 'retired' })
  await ledger.append({ type: 'agent-key', session: null, event: 'registered', agent: 'clerk', thumbprint: 'x', until: null, by: 'ann' })
  await recordInventory(ledger, { agents: [], tools: [], servers: [], frameworks: [], findings: [] } as never)
  await recordEvaluation(ledger, { kind: 'suites', policyDigest: next.digest, ok: true, passed: 3, failed: 0 }, [{ name: 'greets' }])
  await governed.close()
  for (const change of ['pause', 'resume', 'close'] as const) await sessions.change(session.id, change, 'ann')
  await eraseSession(ledger, ledgerStore, { session: session.id, by: 'ann', reason: 'she asked for it' })
  await ledger.flush()
  await scratch.close()
}

function credentialOf({ id, agent, goal, params, opened }: Session): Credential {
  return { valid: true, tokenId: 'jti', agent, session: id, goal, paramsHash: paramsHash(params), expires: opened + 1e9 }
}
