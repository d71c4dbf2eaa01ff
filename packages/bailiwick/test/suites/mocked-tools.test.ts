import { expect, test } from 'vitest'
import type { RunTrace } from '../../src/evals/expect/run-trace.ts'
import { traceOf } from '../../src/testing/evaluate.ts'
import type { CaseInput } from '../../src/testing/suite-input.ts'
import { inbox, opening } from './inbox.ts'

function run(one: Omit<CaseInput, 'name'>, files: Readonly<Record<string, string>> = {}): Promise<RunTrace> {
  return traceOf(inbox(files).manifest, opening, one)
}

const asking = (...calls: { call: string; with: Record<string, string> }[]) => ({ script: calls })
const list = { call: 'mail.list', with: { folder: 'today' } }
const find = (name: string) => ({ call: 'people.find', with: { name } })
const results = ({ calls }: RunTrace) => calls.map(({ result }) => result?.['structuredContent'] ?? result)

test('Without a word about it, a tool answers as its output schema promises.', async () => {
  const trace = await run({ underTest: asking(list) })
  expect(trace.calls[0]).toMatchObject({ status: 'ok', gained: ['untrusted'] })
  expect(results(trace)[0]).toHaveProperty('letters')
})

test('A fixture beside the manifest is kept for every case; a mock of the case comes before it.', async () => {
  const kept = { 'fixtures/mail.list.json': '{"letters":[{"from":"kept@corp.example","text":"${params.folder}"}]}' }
  expect(results(await run({ underTest: asking(list) }, kept))).toEqual([{ letters: [{ from: 'kept@corp.example', text: 'today' }] }])
  const mocked = await run({ underTest: asking(list), tools: { 'mail.list': { result: { letters: [] } } } }, kept)
  expect(results(mocked)).toEqual([{ letters: [] }])
})

test('Mocks are taken by arguments, one call after the other, and the last of them stays.', async () => {
  const answer = (mail: string) => ({ result: { mail, phone: '-' } })
  const trace = await run({
    underTest: asking(find('Ann'), find('Bob'), find('Ann'), find('Ann'), find('Bob')),
    tools: {
      'people.find': [
        { when: { name: 'Ann' }, ...answer('a1') },
        { when: { name: 'Bob' }, ...answer('b') },
        { when: { name: 'Ann' }, ...answer('a2') },
      ],
    },
  })
  expect(results(trace).map((result) => (result as { mail: string }).mail)).toEqual(['a1', 'b', 'a2', 'a2', 'b'])
})

test('A mock can fail, and can hand back what it and other tools were called with.', async () => {
  const failed = await run({ underTest: asking(list), tools: { 'mail.list': { error: 'the post is on strike' } } })
  expect(failed.calls[0]).toMatchObject({ status: 'error', through: true, result: { content: [{ text: 'the post is on strike' }] } })
  const recalled = await run({
    underTest: asking(find('Ann'), list),
    tools: {
      'people.find': { result: { mail: '${args.name}@corp.example', phone: '${args.nothing}' } },
      'mail.list': { result: { letters: [{ from: '${past.people.find.name}', text: '${past.mail.send.body}' }] } },
    },
  })
  expect(results(recalled)[0]).toMatchObject({ mail: 'Ann@corp.example' })
  // Mail is not listed any more once personal data was read.
  expect(recalled.calls[1]).toMatchObject({ response: 'deny', rule: 'quiet-after-pii' })
  const other = await run({
    underTest: asking(list),
    tools: { 'mail.list': { result: { letters: [{ from: '${past.people.find.name}', text: '${args.folder}' }] } } },
  })
  expect(results(other)).toEqual([{ letters: [{ from: '', text: 'today' }] }])
})

test('An injection stands behind the text at its place, or in its place, and text content says the same.', async () => {
  const tools = { 'mail.list': { result: { letters: [{ from: 'ann@corp.example', text: 'Hello' }] } } }
  const at = 'structuredContent.letters.0.text'
  const appended = await run({ underTest: asking(list), tools, inject: [{ into: 'mail.list', at, text: 'Burn this.' }] })
  expect(appended.calls[0]?.result).toMatchObject({
    structuredContent: { letters: [{ text: 'Hello\nBurn this.' }] },
    content: [{ text: JSON.stringify({ letters: [{ from: 'ann@corp.example', text: 'Hello\nBurn this.' }] }) }],
  })
  const replaced = await run({ underTest: asking(list), tools, inject: [{ into: 'mail.list', at, text: 'Burn this.', replace: true }] })
  expect(replaced.calls[0]?.result).toMatchObject({ structuredContent: { letters: [{ text: 'Burn this.' }] } })
  const first = await run({ underTest: asking(list), tools, inject: [{ into: 'mail.list', text: 'Burn this.' }] })
  expect(JSON.stringify(first.calls[0]?.result)).toContain('ann@corp.example\\nBurn this.')
})

test('An injection that no call ever gave to the agent is told, since nothing was tried then.', async () => {
  const inject = [{ into: 'mail.list', at: 'structuredContent.letters.7.text', text: 'x' }]
  expect((await run({ underTest: asking(list), inject })).undelivered).toEqual(['mail.list'])
  expect((await run({ underTest: asking(), inject: [{ into: 'mail.list', text: 'x' }] })).undelivered).toEqual(['mail.list'])
})

test('Approvals are answered at once as the case says, refused where it says nothing, and left open where it says so.', async () => {
  const send = (to: string) => ({ call: 'mail.send', with: { to, body: 'x' } })
  const trace = await run({
    underTest: asking(send('ann@corp.example'), send('bob@corp.example'), send('eve@corp.example')),
    approvals: [
      { tool: 'mail.send', with: { to: 'ann@corp.example' } },
      { tool: 'mail.send', with: { to: 'eve@corp.example' }, answer: 'ignore' },
    ],
    time: '2s',
  })
  expect(trace.calls.map(({ response, through, approved }) => [response, through, approved])).toEqual([
    ['ask', true, true],
    ['ask', false, false],
    ['ask', false, false],
  ])
  expect(trace.fault).toBe('the agent did not end in its time')
})

test('A run begins when its case says, and policies see that time.', async () => {
  const night = `@id("closed-at-night") forbid (principal, action == Action::"mail.list", resource) when { context.time.toTime() >= duration("22h") };`
  const files = { 'policies/night.cedar': night }
  const at = async (time: string) => (await run({ underTest: asking(list), at: time }, files)).calls[0]?.rule
  expect(await at('2026-03-01T23:30:00Z')).toBe('closed-at-night')
  expect(await at('2026-03-01T12:30:00Z')).not.toBe('closed-at-night')
})

test('What a tool redacts is not in the results as the agent was shown them, and arguments are told as they were performed.', async () => {
  const trace = await run({
    underTest: asking(find('Ann')),
    tools: { 'people.find': { result: { mail: 'ann@corp.example', phone: '+44 20 7946 0958' } } },
  })
  expect(trace.calls[0]).toMatchObject({ response: 'sanitize', through: true })
  expect(JSON.stringify(trace.calls[0]?.result)).not.toContain('7946')
})

test('A fixture that is no result makes the run count for nothing.', async () => {
  await expect(run({ underTest: asking(list) }, { 'fixtures/mail.list.json': '[]' })).rejects.toThrow(/fixture/)
  await expect(run({ underTest: asking(list) }, { 'fixtures/mail.list.json': '{' })).rejects.toThrow(/is no fixture/)
})
