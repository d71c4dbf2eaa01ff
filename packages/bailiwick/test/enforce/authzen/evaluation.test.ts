import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonHazard } from '../../../src/model/json-hazard.ts'
import { asks, forbid, openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { EnforcementPoint, evaluation } from './enforcement-point.ts'

const redact = 'urn:bailiwick:obligation:redact'

/** The ledger holds, in the words of the command that verifies it. */
async function verified(gateway: LiveGateway): Promise<void> {
  const { code, stdout, stderr } = await gateway.files.cli('log', 'verify')
  expect([code, stdout, stderr]).toEqual([0, expect.any(String), ''])
}

it('A permit is in the ledger before it is answered, nothing runs, and the receipt says who carried it out.', async () => {
  const gateway = await openGateway()
  const point = await EnforcementPoint.open(gateway)
  const { decision, context } = await point.may('box.honest', { text: 'a' }, { session: point.session })
  expect([decision, context]).toEqual([true, expect.objectContaining({ response: 'allow', aarm: 'ALLOW' })])
  const entry = gateway.files.entriesOf('decision').find(({ call }) => call === context.call)
  expect(entry).toMatchObject({ point: 'authzen', tool: 'box.honest', session: point.session, response: 'allow', agent: 'agent' })
  await gateway.installation.runtime.ledger.flush()
  const outcome = gateway.files.entriesOf('outcome').find(({ call }) => call === context.call)
  expect(outcome).toMatchObject({ status: 'unknown', error: expect.stringContaining('external enforcement point') as string, bytes: 0 })
  expect(gateway.files.reached()).toEqual([])
  await verified(gateway)
})

it('The agent may be named by its SPIFFE id.', async () => {
  const gateway = await openGateway()
  const point = await EnforcementPoint.open(gateway)
  const subject = { type: 'agent', id: 'spiffe://attack.example/agent/agent' }
  const { body } = await point.post('/access/v1/evaluation', { ...evaluation('box.honest', { text: 'a' }), subject })
  expect(body.decision).toBe(true)
})

it('A call that asks is denied with the approval to wait for; once that is given, the same call uses it up.', async () => {
  const gateway = await openGateway({}, { 'a.cedar': asks('honest') })
  const point = await EnforcementPoint.open(gateway)
  const before = performance.now()
  const asked = await point.may('box.honest', { text: 'a' })
  expect(performance.now() - before).toBeLessThan(5000)
  expect(asked).toMatchObject({ decision: false, context: { tier: 'T3', rule: 'T3.approval' } })
  const { id = '', command, expires = '' } = asked.context.approval ?? {}
  expect(command).toBe(`bailiwick approve ${id}`)
  expect(Date.parse(expires)).toBeGreaterThan(Date.now())
  const still = await point.may('box.honest', { text: 'a' })
  expect([still.decision, still.context.approval?.id]).toEqual([false, id])
  expect((await gateway.files.cli('approve', id, '--because', 'looks right')).code).toBe(0)
  expect((await point.may('box.honest', { text: 'b' })).decision).toBe(false)
  const given = await Promise.all(Array.from({ length: 5 }, () => point.may('box.honest', { text: 'a' })))
  expect(given.filter(({ decision }) => decision)).toHaveLength(1)
  const receipts = gateway.files.entriesOf('decision').filter(({ approval }) => approval?.id === id)
  expect(receipts).toHaveLength(1)
  const again = await point.may('box.honest', { text: 'a' })
  expect([again.decision, again.context.approval?.id === id]).toEqual([false, false])
  const second = again.context.approval?.id ?? ''
  expect((await gateway.files.cli('deny', second, '--because', 'no')).code).toBe(0)
  expect((await point.may('box.honest', { text: 'a' })).decision).toBe(false)
  await verified(gateway)
})

const sanitising = `@id("clean")\n@response("sanitize")\n@redact("input.text:email, output.said:email")\n${forbid('honest').replace(/^@id.*\n/, '')}`

it('What is sanitised is permitted to a caller that redacts, with the arguments to use, and to no other.', async () => {
  const gateway = await openGateway({}, { 'a.cedar': sanitising })
  const point = await EnforcementPoint.open(gateway)
  const args = { text: 'write to bob@corp.example' }
  for (const supported_obligations of [undefined, [], ['custom', `${redact}2`]]) {
    const { decision, context } = await point.may('box.honest', args, { supported_obligations })
    expect([decision, context.rule, JSON.stringify(context).includes('obligations')]).toEqual([false, 'authzen.obligation', false])
  }
  const { decision, context } = await point.may('box.honest', args, { supported_obligations: [redact] })
  expect([decision, context.response]).toEqual([true, 'sanitize'])
  const [obligation] = context.obligations ?? []
  expect(obligation).toMatchObject({ type: redact, properties: { result: ['output.said:email'] } })
  expect(JSON.stringify(obligation)).not.toContain('bob@corp.example')
  await verified(gateway)
})

it('Results that are limited are counted by what the caller lets them have at most, also when many ask at once.', async () => {
  const gateway = await openGateway({ goal: { limits: { resultBytes: '1KB' } } })
  const point = await EnforcementPoint.open(gateway)
  const ask = (text: string, result_bytes?: number) => point.may('box.honest', { text }, { result_bytes })
  const unsaid = await ask('a')
  expect([unsaid.decision, unsaid.context.rule]).toEqual([false, 'authzen.resultBytes'])
  const many = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(`${index}`, 600)))
  expect(many.filter(({ decision }) => decision)).toHaveLength(1)
  const left = Number(/allows (\d+) more/.exec(many.find(({ decision }) => !decision)?.context.reason ?? '')?.[1])
  expect(left).toBeLessThan(600)
  expect([(await ask('b', left + 1)).decision, (await ask('b', left)).decision]).toEqual([false, true])
  expect((await ask('c', 0)).context.rule).toBe('T4.resultBytes')
  await gateway.installation.runtime.ledger.flush()
  const bytes = gateway.files.entriesOf('outcome').map((outcome) => outcome.bytes)
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBe(600 + left)
  for (const wrong of [-1, 1.5, '1', null])
    expect((await point.post('/access/v1/evaluation', evaluation('box.honest', {}, { result_bytes: wrong }))).status).toBe(400)
  await verified(gateway)
})

it('What only the one who carries it out could see to is refused: outcomes that facts look at.', async () => {
  const looking = await openGateway({ facts: { worked: { formerly: { tool: 'box.honest', outcome: 'ok' }, within: '1h' } } })
  const point = await EnforcementPoint.open(looking)
  expect(await point.may('box.honest', { text: 'a' })).toMatchObject({ decision: false, context: { rule: 'authzen.outcome' } })
  expect((await point.may('box.act', { kind: 'a' })).decision).toBe(true)
  const search = { subject: { type: 'agent', id: 'agent' }, action: { name: 'tools/call' }, resource: { type: 'tool' } }
  expect((await point.post('/access/v1/search/resource', search)).body).toEqual({ results: [{ type: 'tool', id: 'box.act' }] })
  await looking.installation.runtime.ledger.flush()
  expect(looking.files.entriesOf('outcome').map(({ status }) => status)).toContain('refused')
})

it('What a permitted call brings into the session is held against later calls.', async () => {
  const policy = `@id("leak")\nforbid (principal, action == Action::"box.act", resource) when { context.labels.contains("pii") };\n`
  const gateway = await openGateway({}, { 'a.cedar': forbid('act') })
  gateway.edit((manifest) => Object.assign(manifest.toolboxes.box.tools.honest, { labels: ['pii'] }))
  await gateway.policy('a.cedar', policy)
  await gateway.reload()
  const point = await EnforcementPoint.open(gateway)
  expect((await point.may('box.act', { kind: 'a' })).decision).toBe(true)
  expect((await point.may('box.honest', { text: 'a' })).decision).toBe(true)
  expect(await point.may('box.act', { kind: 'a' })).toMatchObject({ decision: false, context: { rule: 'leak' } })
})

it('A change of the rules counts from the next evaluation on.', async () => {
  const gateway = await openGateway()
  const point = await EnforcementPoint.open(gateway)
  expect((await point.may('box.honest', { text: 'a' })).decision).toBe(true)
  await gateway.policy('a.cedar', forbid('honest'))
  await gateway.reload()
  expect((await point.may('box.honest', { text: 'a' })).context.rule).toBe('no-honest')
})

const args = fc.oneof(
  fc.record({ text: fc.string() }),
  fc.record(
    { text: fc.constantFrom('secret', 'a'), n: fc.oneof(fc.double(), fc.constant(2 ** 60), fc.integer()) },
    { requiredKeys: ['text'] },
  ),
  fc.record({ text: fc.string(), open: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })) }),
  fc.dictionary(fc.constantFrom('text', 'kind', 'path', 'x'), fc.jsonValue({ maxDepth: 1 })),
)
/** A message that no reader is sure of is refused before anybody decides. */
const plain = args.filter((made) => jsonHazard(JSON.stringify(made)) === null)
const calls = fc.array(fc.record({ tool: fc.constantFrom('honest', 'honest', 'act', 'none'), args: plain }), {
  minLength: 1,
  maxLength: 12,
})
const secret = `@id("secret")\nforbid (principal, action == Action::"box.honest", resource) when { context.input.text == "secret" };\n`

it('Whatever is called, the answer is what the MCP endpoint decides under the same rules.', { timeout: 120_000 }, async () => {
  const plan = { goal: { limits: { calls: 6, repeats: 2, rates: { 'box.honest': '4/1h' } } } }
  const gateway = await openGateway(plan, { 'a.cedar': secret + forbid('act') })
  await fc.assert(
    fc.asyncProperty(calls, async (made) => {
      const sent = made.map((one) => ({ ...one, args: JSON.parse(JSON.stringify(one.args).replaceAll('__proto__', 'proto')) as object }))
      const [client, point] = await Promise.all([gateway.connect(), EnforcementPoint.open(gateway)])
      for (const { tool, args: given } of sent) {
        const { decision } = await client.call(tool, given as Record<string, unknown>)
        const asked = await point.may(tool === 'none' ? 'none' : `box.${tool}`, given)
        const { response, tier, rule } = asked.context
        expect([asked.decision, response, tier, rule]).toEqual([
          decision.response === 'allow',
          decision.response,
          decision.tier,
          decision.rule,
        ])
      }
    }),
    { numRuns: 40 },
  )
  await verified(gateway)
})

it('Two hundred at once use up a limit of calls exactly, one by one and in boxcars.', { timeout: 60_000 }, async () => {
  const gateway = await openGateway({ goal: { limits: { calls: 25 } } })
  const point = await EnforcementPoint.open(gateway)
  const single = Array.from({ length: 100 }, (_, index) => point.may('box.honest', { text: `one ${index}` }))
  const boxcars = Array.from({ length: 10 }, async (_, box) => {
    const evaluations = Array.from({ length: 10 }, (_one, index) => evaluation('box.honest', { text: `box ${box} ${index}` }))
    const { body } = await point.post<{ evaluations: { decision: boolean }[] }>('/access/v1/evaluations', { evaluations })
    return body.evaluations
  })
  const decided = [...(await Promise.all(single)), ...(await Promise.all(boxcars)).flat()]
  expect([decided.length, decided.filter(({ decision }) => decision).length]).toEqual([200, 25])
  expect(gateway.files.entriesOf('decision').filter(({ response }) => response === 'allow')).toHaveLength(25)
  await verified(gateway)
})

it('What a boxcar does not come to any more uses nothing up.', async () => {
  const gateway = await openGateway({ goal: { limits: { calls: 2 } } })
  const point = await EnforcementPoint.open(gateway)
  const evaluations = ['a', 'b', 'c'].map((text) => evaluation('box.honest', { text }))
  const first = { evaluations, options: { evaluations_semantic: 'permit_on_first_permit' } }
  expect((await point.post<{ evaluations: [] }>('/access/v1/evaluations', first)).body.evaluations).toHaveLength(1)
  expect(gateway.files.entriesOf('decision')).toHaveLength(1)
  expect((await point.may('box.honest', { text: 'd' })).decision).toBe(true)
  expect((await point.may('box.honest', { text: 'e' })).context.rule).toBe('T4.calls')
})
