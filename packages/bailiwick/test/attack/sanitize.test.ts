import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AttackInstallation, eventually } from './installation.ts'
import { tellingTools } from './servers/telling-tools.ts'
import { decisionOf, StdioGateway, textOf } from './stdio-gateway-process.ts'
import type { Answer } from './stdio-gateway-process.ts'

const policies = `
@id("give") @response("sanitize") @control("LLM02, ASI06") @redact("input.body:pii, output:pii, output:secret, output:employee-number")
forbid(principal, action == Action::"box.give", resource) when { context.session.calls >= 0 };
@id("rows") @response("sanitize") @redact("output.rows.*.email")
forbid(principal, action == Action::"box.rows", resource) when { context.session.calls >= 0 };
@id("coded") @response("sanitize") @redact("output.code")
forbid(principal, action == Action::"box.coded", resource) when { context.session.calls >= 0 };
@id("strict") @response("sanitize") @redact("input.code:employee-number")
forbid(principal, action == Action::"box.strict", resource) when { context.session.calls >= 0 };
@id("reads") @response("sanitize") @redact("output:email")
forbid(principal, action in [Action::"box.resources/read", Action::"box.prompts/get"], resource) when { context.session.calls >= 0 };
`
const mail = 'ann.planted@corp.example'
const card = '4111111111111111'
const token = `ghp_${'aB3dE5gH7jK9'.repeat(3)}`

let installation: AttackInstallation
let gateway: StdioGateway

beforeAll(async () => {
  installation = new AttackInstallation({
    server: 'telling-server.ts',
    tools: tellingTools,
    policies,
    patterns: { 'employee-number': 'E\\d{6}' },
    reads: true,
    goal: { allow: ['logging', 'elicitation'] },
  })
  gateway = await StdioGateway.start(installation)
})
afterAll(async () => {
  await gateway?.kill()
  installation?.remove()
})

const text = (said: string): object => ({ type: 'text', text: said })
const told = (tool: string, reply: object, more: Record<string, unknown> = {}): Promise<Answer> =>
  gateway.call(tool, { ...more, reply: typeof reply === 'string' ? reply : JSON.stringify(reply) })
/** What the client got, in any answer or message. */
const seen = (answer: Answer): string => JSON.stringify(answer)

function expectClean(answer: Answer): void {
  for (const planted of ['planted', card, '4111 1111', token, 'ghp_', 'E123456']) expect(seen(answer)).not.toContain(planted)
}

describe('a call that is sanitised', () => {
  it('reaches its tool without what the policy takes out of the arguments, and tells what was taken out', async () => {
    const answer = await told('give', { result: { content: [text(`for ${mail}`)] } }, { body: `from ${mail}, paid with ${card}` })
    expect(installation.reached().at(-1)?.params?.arguments?.['body']).toBe('from [redacted:email], paid with [redacted:card]')
    expect(textOf(answer)).toBe('for [redacted:email]')
    expect(decisionOf(answer)).toMatchObject({
      response: 'sanitize',
      tier: 'T2',
      rule: 'give',
      redacted: { 'input.body:email': 1, 'input.body:card': 1, 'output:email': 1 },
    })
    const { call } = decisionOf(answer)!
    const outcome = await eventually(() => installation.entriesOf('outcome').find((entry) => entry.call === call), 'the outcome')
    expect(outcome).toMatchObject({ status: 'ok', redacted: { 'input.body:email': 1, 'input.body:card': 1, 'output:email': 1 } })
    const decision = installation.entriesOf('decision').find((entry) => entry.call === call)
    expect(decision).toMatchObject({ response: 'sanitize', aarm: 'MODIFY', policies: ['give'], controls: ['ASI06', 'LLM02'] })
    expect(decision?.performed?.hash).toMatch(/^sha256:/)
    const shown = await installation.json<{ entry: { type: string }; payload: { value: object }; performed?: { value: object } }[]>(
      'log',
      'show',
      call,
    )
    expect(JSON.stringify(shown.find(({ entry }) => entry.type === 'decision')?.payload)).toContain(mail)
    expect(shown.find(({ entry }) => entry.type === 'decision')?.performed?.value).toMatchObject({
      body: 'from [redacted:email], paid with [redacted:card]',
    })
    const result = JSON.stringify(shown.find(({ entry }) => entry.type === 'outcome')?.payload.value)
    expect(result).toContain('[redacted:email]')
    expect(result).not.toContain(mail)
  })

  it('says nothing of what was performed when the arguments stay as they are', async () => {
    const answer = await told('give', { result: { content: [] } }, { body: 'nothing here' })
    expect(decisionOf(answer)).toMatchObject({ response: 'sanitize', redacted: {} })
    expect(installation.entriesOf('decision').at(-1)?.performed).toBeNull()
  })

  it('is denied when its tool would not take the arguments any more; nothing runs', async () => {
    const before = installation.reached().length
    const answer = await gateway.call('strict', { code: 'E123456' })
    expect(decisionOf(answer)).toMatchObject({ response: 'deny', tier: 'T2', rule: 'T2.sanitize' })
    expect(textOf(answer)).toContain('`code`')
    expect(installation.reached()).toHaveLength(before)
    expect(installation.entriesOf('decision').at(-1)).toMatchObject({ response: 'deny', rule: 'T2.sanitize', performed: null })
    expect(await installation.json<object[]>('log', 'list', '--denied')).toHaveLength(1)
  })
})

describe('a toolbox that hides what is to be taken out', () => {
  const escaped = mail.replaceAll('.', '\\u002e').replace('@', '\\u0040')
  const hidden: Readonly<Record<string, object>> = {
    'in structured content, its keys and numbers': { content: [], structuredContent: { [mail]: { deep: [mail, Number(card)] } } },
    'in JSON in a text': { content: [text(JSON.stringify({ a: mail }))] },
    'in JSON in JSON in JSON in a text': { content: [text(JSON.stringify({ a: JSON.stringify({ b: JSON.stringify([mail, token]) }) }))] },
    'by escapes in a text that is JSON': { content: [text(`{"a":"${escaped}"}`)] },
    'by escapes in a text that is not quite JSON': { content: [text(`here it is: {"a":"${escaped}"}`)] },
    'behind a duplicate key in a text that is JSON': { content: [text(`{"a":"${escaped}","a":"x"}`)] },
    'in resources, links and annotations': {
      content: [
        { type: 'resource', resource: { uri: `mem:${mail}`, text: mail, mimeType: 'text/plain' } },
        { type: 'resource_link', uri: `mem:${mail}`, name: mail, title: mail, description: mail },
        { type: 'text', text: 'x', annotations: { audience: ['user'] }, _meta: { [mail]: { mail } } },
      ],
      _meta: { 'box/mail': mail },
    },
    'in an image': { content: [{ type: 'image', mimeType: 'image/png', data: Buffer.from(mail).toString('base64') }] },
    'in bytes': { content: [{ type: 'resource', resource: { uri: 'mem:x', blob: Buffer.from(mail).toString('base64') } }] },
    'in an error of the tool': { content: [text(`no ${mail}`)], isError: true },
    'by full width, zero width and other digits': {
      content: [
        text('\uff41nn.planted＠corp.example'),
        text([...mail].join('\u200b')),
        text('４１１１ １１１１ １１１１ １１１１'),
        text(card.replaceAll('1', '\u0661')),
      ],
    },
    'among members that are not what they seem': { content: [text(`{"__proto__":{"a":"${mail}"},"constructor":"${mail}"}`)] },
    'as an own pattern': { content: [text('of E123456')], structuredContent: { by: 'E123456' } },
  }

  it.each(Object.entries(hidden))('does not get it past: %s', async (_, result) => {
    const answer = await told('give', { result })
    expect(decisionOf(answer)).toMatchObject({ response: 'sanitize' })
    expectClean(answer)
    expect(seen(answer)).not.toContain(Buffer.from(mail).toString('base64'))
    expect(seen(answer)).toMatch(/redacted|"deep":\[/)
    expect(Object.keys((decisionOf(answer) as unknown as { redacted: object }).redacted).length).toBeGreaterThan(0)
  })

  it('does not get it past in an error of the protocol', async () => {
    const answer = await told('give', { error: { code: -32_000, message: `no ${mail}`, data: { [mail]: card } } })
    expect(answer.error).toMatchObject({ code: -32_000, message: 'no [redacted:email]', data: { '[redacted:email]': '[redacted:card]' } })
  })

  it('does not get it past in progress and log messages', async () => {
    const before = gateway.unasked.length
    const reply = JSON.stringify({
      before: [
        { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: '$TOKEN', progress: 1, message: `half of ${mail}` } },
        { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', logger: mail, data: { said: card } } },
      ],
    })
    await gateway.request('tools/call', { name: 'give', arguments: { reply }, _meta: { progressToken: 'p1' } })
    const messages = await eventually(() => {
      const all = gateway.unasked.slice(before)
      return all.length >= 2 && all
    }, 'both messages')
    expect(messages.find(({ method }) => method === 'notifications/progress')?.params).toMatchObject({
      message: 'half of [redacted:email]',
    })
    expect(messages.find(({ method }) => method === 'notifications/message')?.params).toMatchObject({
      logger: '[redacted:email]',
      data: { said: '[redacted:card]' },
    })
  })

  it('does not get it past in messages of a call that is sanitised by a path: their words are withheld', async () => {
    const before = gateway.unasked.length
    const reply = JSON.stringify({
      before: [
        { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: '$TOKEN', progress: 1, message: `half of ${mail}` } },
        { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: { said: mail } } },
      ],
    })
    await gateway.request('tools/call', { name: 'rows', arguments: { reply }, _meta: { progressToken: 'p2' } })
    const messages = await eventually(() => {
      const all = gateway.unasked.slice(before)
      return all.length >= 2 && all
    }, 'both messages')
    expect(JSON.stringify(messages)).not.toContain('planted')
    expect(messages.find(({ method }) => method === 'notifications/progress')?.params).toEqual({ progress: 1, progressToken: 'p2' })
    expect(messages.find(({ method }) => method === 'notifications/message')?.params).toMatchObject({ data: '[redacted]' })
  })

  it('does not get it past in a question', async () => {
    const before = gateway.unasked.length
    const question = { message: `is ${mail} right?`, requestedSchema: { type: 'object', properties: { yes: { type: 'boolean' } } } }
    const pending = told('give', { before: [{ jsonrpc: '2.0', id: 'q1', method: 'elicitation/create', params: question }], waits: true })
    const asked = await eventually(
      () => gateway.unasked.slice(before).find(({ method }) => method === 'elicitation/create'),
      'the question',
    )
    expect(asked.params).toMatchObject({ message: 'is [redacted:email] right?' })
    gateway.write({ jsonrpc: '2.0', id: asked.id, result: { action: 'decline' } })
    expect(decisionOf(await pending)).toMatchObject({ response: 'sanitize' })
  })

  it('may ask nothing in a call that is sanitised by a path', async () => {
    const before = gateway.unasked.length
    const question = { message: `is ${mail} right?`, requestedSchema: { type: 'object', properties: { yes: { type: 'boolean' } } } }
    await told('rows', { before: [{ jsonrpc: '2.0', id: 'q2', method: 'elicitation/create', params: question }], waits: true })
    expect(gateway.unasked.slice(before).some(({ method }) => method === 'elicitation/create')).toBe(false)
  })

  it('does not get it past in resources and prompts', async () => {
    const reply = (result: object): string => encodeURIComponent(JSON.stringify({ result }))
    const resource = await gateway.request('resources/read', {
      uri: `mem:${reply({
        contents: [
          { uri: 'mem:x', text: mail },
          { uri: 'mem:y', blob: 'AAAA' },
        ],
      })}`,
    })
    expect(resource.result?.['contents']).toEqual([
      { uri: 'mem:x', text: '[redacted:email]' },
      { uri: 'mem:y', mimeType: 'text/plain', text: '[redacted: resource withheld, it cannot be looked into]' },
    ])
    const prompt = await gateway.request('prompts/get', {
      name: 'ask',
      arguments: { reply: JSON.stringify({ result: { description: mail, messages: [{ role: 'user', content: text(mail) }] } }) },
    })
    expect(prompt.result).toMatchObject({ description: '[redacted:email]', messages: [{ content: { text: '[redacted:email]' } }] })
    const failed = await gateway.request('resources/read', {
      uri: `mem:${encodeURIComponent(JSON.stringify({ error: { code: -32_002, message: `no ${mail}` } }))}`,
    })
    expect(failed.error?.message).toBe('no [redacted:email]')
  })

  it('does not hang the gateway with much text', async () => {
    for (const piece of ['a@', '+4930 ', '4 ', 'DE89', '\\', 'eyJ']) {
      const started = performance.now()
      await gateway.request('resources/read', {
        uri: `mem:${encodeURIComponent(JSON.stringify({ result: { contents: [{ uri: 'mem:x', text: piece.repeat(20_000) }] } }))}`,
      })
      expect(performance.now() - started).toBeLessThan(5000)
    }
  })
})

describe('a result with a schema', () => {
  const rows = (email: string): object => ({ rows: [{ name: 'Ann', email }] })

  it('stays valid, by stand-ins where the schema would not have a placeholder, and the texts beside it say no more', async () => {
    const answer = await told('rows', {
      result: { content: [text(JSON.stringify(rows(mail))), text(`It is ${mail.toUpperCase()}.`)], structuredContent: rows(mail) },
    })
    expect(answer.result?.['structuredContent']).toEqual(rows('redacted@redacted.invalid'))
    expect(answer.result?.content).toEqual([text(JSON.stringify(rows('redacted@redacted.invalid'))), text('It is [redacted].')])
    expect(decisionOf(answer)).toMatchObject({ redacted: { 'output.rows.*.email': expect.any(Number) } })
  })

  it('is withheld when it cannot stay valid, and the record says so', async () => {
    const answer = await told('coded', { result: { content: [text('x')], structuredContent: { code: 'E123456' } } })
    expect(answer.result).toMatchObject({ isError: true })
    expect(answer.result?.['structuredContent']).toBeUndefined()
    expect(textOf(answer)).toContain('could not be sanitised without breaking the output schema')
    const { call } = decisionOf(answer)!
    const outcome = await eventually(() => installation.entriesOf('outcome').find((entry) => entry.call === call), 'the outcome')
    expect(outcome).toMatchObject({ status: 'refused', bytes: 0, redacted: { 'output.code': 1 } })
  })

  it('has prose withheld in which the path cannot be found', async () => {
    expect(textOf(await told('rows', { result: { content: [text(`Ann is ${mail}`)] } }))).toBe('[redacted]')
  })
})

it('leaves a ledger that verifies, in which every call is closed and no entry holds a value', async () => {
  await eventually(() => {
    const open = new Set(
      installation
        .entriesOf('decision')
        .filter(({ response }) => response !== 'deny')
        .map(({ call }) => call),
    )
    for (const { call } of installation.entriesOf('outcome')) open.delete(call)
    return open.size === 0
  }, 'an outcome of each call')
  expect(JSON.stringify(installation.entries())).not.toContain('planted')
  expect(await installation.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
})

it('is sanitised after a person was asked, under an approval that is used up; what is not approved is not carried out', async () => {
  const asking = new AttackInstallation({
    server: 'telling-server.ts',
    tools: tellingTools,
    policies,
    patterns: { 'employee-number': 'E\\d{6}' },
    reads: true,
    goal: { confirm: ['box.give', 'box.strict'] },
  })
  const client = await StdioGateway.start(asking)
  try {
    const args = { body: `from ${mail}`, reply: JSON.stringify({ result: { content: [text(mail)] } }) }
    const pending = client.call('give', args, 30_000)
    const [, id = ''] = await eventually(() => /bailiwick approve (\S+)/.exec(client.stderr), 'the question')
    expect(asking.reached()).toHaveLength(0)
    expect((await asking.cli('approve', id)).code).toBe(0)
    const answer = await pending
    expect(decisionOf(answer)).toMatchObject({ response: 'sanitize', rule: 'give', redacted: { 'input.body:email': 1, 'output:email': 1 } })
    expect(textOf(answer)).toBe('[redacted:email]')
    expect(asking.reached().at(-1)?.params?.arguments?.['body']).toBe('from [redacted:email]')
    expect(asking.entriesOf('decision').map(({ response, approval }) => [response, approval?.id])).toEqual([
      ['ask', undefined],
      ['sanitize', id],
    ])
    // An approval of what could not be carried out sanitised is not used up.
    const strict = client.call('strict', { code: 'E123456' }, 30_000)
    const second = await eventually(() => [...client.stderr.matchAll(/bailiwick approve (\S+)/g)].at(1)?.[1], 'the second question')
    expect((await asking.cli('approve', second)).code).toBe(0)
    expect(decisionOf(await strict)).toMatchObject({ response: 'deny', rule: 'T2.sanitize' })
    expect(asking.reached()).toHaveLength(1)
    const approvals = await asking.json<{ id: string; state: string }[]>('approvals', '--all')
    expect(Object.fromEntries(approvals.map((one) => [one.id, one.state]))).toEqual({ [id]: 'used', [second]: 'approved' })
  } finally {
    await client.stop()
    expect(await asking.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
    asking.remove()
  }
})

it('counts against the limits like any other call that is let through', async () => {
  const limited = new AttackInstallation({
    server: 'telling-server.ts',
    tools: tellingTools,
    policies,
    patterns: { 'employee-number': 'E\\d{6}' },
    reads: true,
    goal: { limits: { calls: 2, resultBytes: 1000 } },
  })
  const client = await StdioGateway.start(limited)
  try {
    const give = (said: string): Promise<Answer> => client.call('give', { reply: JSON.stringify({ result: { content: [text(said)] } }) })
    // What counts is what the agent is given.
    expect(textOf(await give(`-----BEGIN PRIVATE KEY-----${'x'.repeat(2000)}`))).toBe('[redacted:secret]')
    expect(textOf(await give('b'.repeat(2000)))).toContain('T4.resultBytes')
    expect(decisionOf(await give('c'))).toMatchObject({ response: 'deny', rule: 'T4.calls' })
  } finally {
    await client.stop()
    limited.remove()
  }
})
