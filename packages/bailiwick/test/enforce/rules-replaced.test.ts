import fc from 'fast-check'
import { expect, test } from 'vitest'
import { signingKey } from '../../src/authority/signing-key.ts'
import { paramsHash } from '../../src/decide/t0-identity.ts'
import { GovernedSession } from '../../src/enforce/governed-session.ts'
import { RulesetInForce } from '../../src/enforce/ruleset-in-force.ts'
import type { DecisionEntry } from '../../src/ledger/entry.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { office } from '../decide/office.ts'
import { noon, rulesetFor } from '../decide/ruleset-for.ts'
import { scratchRuntime } from './scratch-runtime.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

const forbids = '@id("no-mail") forbid (principal, action == Action::"mail.send", resource);'
const asks = `@response("ask") ${forbids}`
/** What each ruleset says to the one call that is made here; no two have the same pin for its tool. */
const sets: readonly { readonly ruleset: Ruleset; readonly says: 'allow' | 'deny' | 'ask' }[] = [
  { says: 'allow', policies: {} },
  { says: 'deny', policies: { 'a.cedar': forbids } },
  { says: 'ask', policies: { 'a.cedar': asks } },
  { says: 'ask', policies: { 'a.cedar': asks } },
].map(({ says, policies }, index) => {
  const text = office({}, policies)
  const schema = { ...text.schemas?.['mail.send'], title: `version ${index}` }
  return { says: says as 'allow', ruleset: rulesetFor({ ...text, schemas: { ...text.schemas, 'mail.send': schema } }) }
})
const approver = signingKey(new Uint8Array(32).fill(4))
const pinIn = (ruleset: Ruleset): string | null => ruleset.tools.get('mail.send')?.pin ?? null

test('Whenever rules are replaced during a call, it is looked at, decided, recorded and carried out by one ruleset, which was in force meanwhile.', async () => {
  const scratch = new ScratchLedger()
  const whole = scratchRuntime(sets[0]!.ruleset, scratch, { clock: () => noon, approverKey: approver.x })
  const { ledgerStore: store, sessions, approvals } = whole
  let made = 0
  const outcomes = new Set<string>()
  const turn = fc.option(fc.nat({ max: sets.length - 1 }), { nil: null, freq: 2 })
  const plan = fc.record({ first: fc.nat({ max: sets.length - 1 }), turns: fc.array(turn, { maxLength: 8 }), approve: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(plan, async ({ first, turns, approve }) => {
      const session = await sessions.open(sets[0]!.ruleset, { agent: 'clerk', goal: 'letters', params: {}, person: null, request: null })
      const rules = new RulesetInForce(sets[first]!.ruleset)
      const seen = [rules.current]
      const left = [...turns]
      /** Takes the next turn: puts another ruleset into force, or leaves the one that is. */
      const replace = (): void => {
        const which = left.shift() ?? null
        if (which === null || rules.current === sets[which]!.ruleset) return
        rules.replace(sets[which]!.ruleset)
        seen.push(rules.current)
      }
      const next = async (): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve))
        replace()
      }
      const runtime = { ...whole, rules }
      const governed = await GovernedSession.open(runtime, session)
      const signal = new AbortController()
      let waited = 0
      let ran: string | null = null
      made += 1
      const performed = await governed.perform({
        point: 'test',
        tool: 'mail.send',
        arguments: { to: 'bob@corp.example', body: String(made) },
        livePin: async (ruleset) => {
          await next()
          return pinIn(ruleset)
        },
        local: true,
        credential: async () => {
          await next()
          // While what was decided is being recorded.
          setImmediate(replace)
          return {
            valid: true,
            tokenId: 'jti',
            agent: 'clerk',
            session: session.id,
            goal: 'letters',
            paramsHash: paramsHash({}),
            expires: noon + 1e6,
          }
        },
        run: async (_call, { ruleset }) => {
          ran = ruleset.digest
          await next()
          return { status: 'ok', error: null, value: 'sent', recorded: 'sent', bytes: 4 }
        },
        signal: signal.signal,
        onWaiting: async (approval) => {
          waited += 1
          if (approve && waited === 1) await approvals.answer(approval.id, 'approved', { name: 'ann', key: approver, rationale: null })
          await next()
          if (!approve && left.length === 0) signal.abort()
        },
      })
      await governed.settled()
      const entries: DecisionEntry[] = []
      for (const index of await store.indicesOf(performed.call)) {
        const entry = JSON.parse(Buffer.from((await store.entries(index, 1))[0]!).toString('utf8')) as DecisionEntry
        if (entry.type === 'decision') entries.push(entry)
      }
      for (const entry of entries) {
        const { says, ruleset } = sets.find((one) => one.ruleset.digest === entry.policyDigest)!
        expect(seen).toContain(ruleset)
        expect(entry.pin).toBe(pinIn(ruleset))
        expect(entry.verdicts.map((verdict) => verdict.rule)).not.toContain('T1.pin')
        // What asks may be let through with an approval that was given under it, or end as a denial.
        if (says === 'ask') expect(entry.response === 'allow' ? entry.approval !== null : true).toBe(true)
        else expect(entry).toMatchObject({ response: says, approval: null })
      }
      const last = entries.at(-1)!
      expect(performed.decision.response).toBe(last.response)
      expect(ran).toBe(last.response === 'allow' ? last.policyDigest : null)
      outcomes.add(`${last.rule} ${last.reason.split(';')[0]}`)
    }),
    { numRuns: 100, examples: [[{ first: 2, turns: [null, null, null, 3, null, null, null, null, null], approve: false }]] },
  )
  await scratch.remove()
  // All of the ways have been gone.
  expect([...outcomes].map((one) => one.split(' ')[0])).toEqual(
    expect.arrayContaining(['contract:letters', 'no-mail', 'T3.approved', 'T3.approval']),
  )
  expect([...outcomes].some((one) => one.includes('the rules changed'))).toBe(true)
}, 120_000)
