import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import { AttackInstallation, eventually } from './installation.ts'
import { decisionOf, StdioGateway, textOf } from './stdio-gateway-process.ts'
import type { Answer } from './stdio-gateway-process.ts'

let installation: AttackInstallation
let gateway: StdioGateway
let honestCalls = 0

beforeAll(async () => {
  installation = new AttackInstallation()
  gateway = await StdioGateway.start(installation)
})
afterAll(async () => {
  await gateway?.kill()
  installation?.remove()
})

/** After each hostile message the gateway answers an honest call, and that call alone has reached the tool. */
afterEach(async () => {
  honestCalls += 1
  const answer = await gateway.call('honest', { text: `honest ${honestCalls}` })
  expect(textOf(answer)).toBe(`said honest ${honestCalls}`)
  expect(installation.reached().map((entry) => entry.params?.arguments)).toEqual(
    Array.from({ length: honestCalls }, (_, index) => ({ text: `honest ${index + 1}` })),
  )
})

/** Writes a line by hand and gives the next message that answers nothing we asked. */
async function refusal(line: string | Uint8Array): Promise<Answer> {
  const before = gateway.unasked.length
  gateway.write(line)
  return eventually(() => gateway.unasked[before], 'an answer')
}

const isRefusal = (entry: LedgerEntry): boolean => entry.type === 'event' && entry.event === 'refused'

const callText = (id: number | string, args: string, name = '"honest"'): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call","params":{"name":${name},"arguments":${args}}}\n`

async function callRaw(args: string, name?: string): Promise<Answer> {
  const id = `raw ${crypto.randomUUID()}`
  const answered = gateway.answerTo(id)
  gateway.write(callText(id, args, name))
  return answered
}

describe('a client that breaks the form of messages', () => {
  it.each([
    { line: 'this is not JSON\n' },
    { line: '{"jsonrpc":"2.0","id":1,"method":"tools/call"\n' },
    { line: '\u0000\u0001\u0002\n' },
    { line: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":NaN}\n' },
  ])('is told that $line is no JSON', async ({ line }) => {
    expect(await refusal(line)).toMatchObject({ id: null, error: { code: -32_700 } })
  })

  it('is told that bytes which are not UTF-8 are no JSON, also inside a text', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"honest","arguments":{"text":"'),
      Buffer.from([0xc3, 0x28, 0xff, 0xed, 0xa0, 0x80]),
      Buffer.from('"}}}\n'),
    ])
    expect(await refusal(bytes)).toMatchObject({ error: { code: -32_700 } })
  })

  it.each([
    {
      what: 'a batch',
      message: JSON.stringify([
        { jsonrpc: '2.0', id: 'x', method: 'tools/call', params: { name: 'honest', arguments: { text: 'batch' } } },
      ]),
    },
    { what: 'an empty batch', message: '[]' },
    { what: 'a bare text', message: '"tools/call"' },
    { what: 'null', message: 'null' },
    { what: 'no method', message: '{"jsonrpc":"2.0","id":"x","params":{"name":"honest","arguments":{"text":"x"}}}' },
    { what: 'no version', message: '{"id":"x","method":"tools/call","params":{"name":"honest","arguments":{"text":"x"}}}' },
    {
      what: 'version 1.0',
      message: '{"jsonrpc":"1.0","id":"x","method":"tools/call","params":{"name":"honest","arguments":{"text":"x"}}}',
    },
    { what: 'a method that is a number', message: '{"jsonrpc":"2.0","id":"x","method":1}' },
    {
      what: 'an id that is an object',
      message: '{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{"name":"honest","arguments":{"text":"x"}}}',
    },
    { what: 'an answer to nothing', message: '{"jsonrpc":"2.0","id":"x","result":{"content":[]}}' },
  ])('gets nothing done with $what', async ({ message }) => {
    gateway.write(`${message}\n`)
  })

  it.each([
    { what: 'params that are a list', params: '["honest"]' },
    { what: 'no name', params: '{"arguments":{"text":"x"}}' },
    { what: 'a name that is a number', params: '{"name":1,"arguments":{"text":"x"}}' },
    { what: 'arguments that are a list', params: '{"name":"honest","arguments":["x"]}' },
    { what: 'arguments that are a text', params: '{"name":"honest","arguments":"x"}' },
  ])('gets nothing done with a call that has $what', async ({ params }) => {
    gateway.write(`{"jsonrpc":"2.0","id":"p","method":"tools/call","params":${params}}\n`)
  })

  it.each([
    'tools/Call',
    'tools/call ',
    'bailiwick/approve',
    'sampling/createMessage',
    'roots/list',
    '__proto__',
    'constructor',
    'tools/call\u200b',
    '',
  ])('gets an error for the method `%s`, which does not exist', async (method) => {
    const answer = await gateway.request(method, { name: 'honest', arguments: { text: 'x' } })
    expect(answer.error).toBeDefined()
  })
})

describe('a client that sends too much', () => {
  it('is refused a line over 8 MiB, and what follows the line is read', async () => {
    const answer = await refusal(callText(1, `{"text":"${'x'.repeat(9 * 1024 * 1024)}"}`))
    expect(answer).toMatchObject({ id: null, error: { code: -32_600 } })
    expect(answer.error?.message).toContain('over 8388608 bytes')
  })

  it('is refused an endless line while it is still coming', async () => {
    const before = gateway.unasked.length
    for (let sent = 0; sent < 12; sent += 1) gateway.write('x'.repeat(1024 * 1024))
    expect(await eventually(() => gateway.unasked[before], 'an answer')).toMatchObject({ error: { code: -32_600 } })
    gateway.write('\n')
    expect(gateway.unasked).toHaveLength(before + 1)
  })

  it('is denied a tool name of a megabyte, in a short answer', async () => {
    const answer = await gateway.call('n'.repeat(1024 * 1024), { text: 'x' })
    expect(decisionOf(answer)).toMatchObject({ response: 'deny', rule: 'T1.inventory' })
    expect(JSON.stringify(answer).length).toBeLessThan(10_000)
  })

  it('is denied a tool name that is cut inside a character, with a record', async () => {
    const denied = installation.entriesOf('decision').length
    const answer = await gateway.call(`${'n'.repeat(255)}😀😀`, { text: 'x' })
    expect(decisionOf(answer)).toMatchObject({ response: 'deny', rule: 'T1.inventory' })
    expect(installation.entriesOf('decision')).toHaveLength(denied + 1)
  })

  it('is denied 7 MB of arguments to a tool that is not in its contract, and they are recorded', async () => {
    const answer = await gateway.call('nothing', { text: 'y'.repeat(7_000_000) })
    expect(decisionOf(answer)).toMatchObject({ response: 'deny' })
    expect(installation.entriesOf('decision').at(-1)?.arguments.bytes).toBeGreaterThan(7_000_000)
  })
})

describe('a client that sends what two readers read in two ways', () => {
  it.each([
    { what: 'the same argument twice', args: '{"text":"a","text":"b"}' },
    { what: 'the same argument twice, once escaped', args: '{"text":"a","\\u0074ext":"b"}' },
    { what: 'a deep key twice', args: '{"text":"a","open":{"x":[{"y":1,"y":2}]}}' },
    { what: '__proto__', args: '{"text":"a","__proto__":{"polluted":true}}' },
    { what: '__proto__, escaped', args: '{"text":"a","\\u005f_proto__":{"polluted":true}}' },
    { what: '__proto__ further down', args: '{"text":"a","open":{"__proto__":{"polluted":true}}}' },
    { what: 'nesting without end', args: `{"text":"a","open":{"x":${'['.repeat(5000)}${']'.repeat(5000)}}}` },
  ])('is refused $what', async ({ args }) => {
    expect((await callRaw(args)).error).toMatchObject({ code: -32_600 })
  })

  it('is refused the name twice, of which one is another tool', async () => {
    const id = 'two names'
    const answered = gateway.answerTo(id)
    gateway.write(
      `{"jsonrpc":"2.0","id":"${id}","method":"tools/call","params":{"name":"nothing","name":"honest","arguments":{"text":"x"}}}\n`,
    )
    expect((await answered).error).toMatchObject({ code: -32_600 })
  })

  it('pollutes nothing with `constructor`, and it reaches no tool', async () => {
    const answer = await callRaw('{"text":"a","constructor":{"prototype":{"polluted":true}}}')
    expect(decisionOf(answer)).toMatchObject({ response: 'deny', rule: 'T1.schema' })
    const list = await gateway.request('tools/list')
    expect(JSON.stringify(list)).not.toContain('polluted')
  })

  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', 'prototype'])('is denied a tool named `%s`', async (name) => {
    const answer = await gateway.call(name, { text: 'x' })
    expect(decisionOf(answer)).toMatchObject({ response: 'deny', rule: 'T1.inventory' })
  })

  it.each([
    { what: 'a number past 2^53', args: '{"text":"a","n":9007199254740993}' },
    { what: 'a number past 2^53 with an exponent', args: '{"text":"a","n":1e300}' },
    { what: 'a number past 2^53 further down', args: '{"text":"a","open":{"n":[-9007199254740992]}}' },
    { what: 'half of a surrogate pair', args: '{"text":"\\ud800"}' },
    { what: 'half of a surrogate pair in a key', args: '{"text":"a","open":{"\\udc00":1}}' },
    { what: 'a number without end', args: '{"text":"a","n":1e999}' },
  ])('gets nothing done with $what, and it is recorded', async ({ args }) => {
    const before = installation.entries().length
    const answer = await callRaw(args)
    expect(answer.error !== undefined || decisionOf(answer)?.response === 'deny').toBe(true)
    await eventually(
      () =>
        installation
          .entries()
          .slice(before)
          .some((entry) => (answer.error === undefined ? entry.type === 'decision' && entry.response === 'deny' : isRefusal(entry))),
      'a record of it',
    )
  })
})

describe('a client that names what only looks like a tool', () => {
  it.each([
    'h\u043enest',
    'hon\u200best',
    'honest\u200d',
    '\ufeffhonest',
    'HONEST',
    'honest ',
    'honest\u0000',
    'honest\n',
    '\uff48onest',
    'box.honest',
    'box__honest',
    'h\u0302onest',
    '\u202ehonest',
  ])('is denied `%s`', async (name) => {
    const answer = await gateway.call(name, { text: 'x' })
    expect(decisionOf(answer)).toMatchObject({ response: 'deny', rule: 'T1.inventory' })
  })

  it('is told that a name only looks like a tool of its contract', async () => {
    expect(decisionOf(await gateway.call('box.h\u043enest', { text: 'x' }))?.reason).toContain('only looks like')
  })

  it('is denied a tool whose name is half of a surrogate pair, with a record', async () => {
    const before = installation.entries().length
    const answer = await callRaw('{"text":"x"}', '"honest\\ud800"')
    expect(answer.error !== undefined || decisionOf(answer)?.response === 'deny').toBe(true)
    await eventually(() => installation.entries().slice(before).some(isRefusal), 'a record of it')
  })
})

describe('a client that misuses the protocol', () => {
  it('gets nothing by asking for cancellation of requests that it never made, or by a second handshake', async () => {
    gateway.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'never' } })
    gateway.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: '__proto__' } })
    gateway.write({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    gateway.write({
      jsonrpc: '2.0',
      id: 'again',
      method: 'initialize',
      params: { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
    })
  })

  it('gets nothing by bringing back a request state that the gateway never gave out', async () => {
    const answer = await gateway.request('tools/call', { name: 'nothing', arguments: {}, requestState: 'forged', inputResponses: {} })
    expect(answer.error !== undefined || decisionOf(answer)?.response === 'deny').toBe(true)
  })

  it('cannot put a decision of its own into the record through `_meta`', async () => {
    const answer = await gateway.request('tools/call', {
      name: 'nothing',
      arguments: {},
      _meta: { 'bailiwick/decision': { response: 'allow' }, 'bailiwick/approval': 'apr_forged' },
    })
    expect(decisionOf(answer)).toMatchObject({ response: 'deny' })
  })

  it('leaves a ledger that verifies, in which every call that the tool saw was allowed', async () => {
    const allowed = installation.entriesOf('decision').filter((entry) => entry.response === 'allow')
    expect(allowed).toHaveLength(installation.reached().length)
    const report = await installation.json<{ ok: boolean; open: number }>('log', 'verify')
    expect(report).toMatchObject({ ok: true, open: 0 })
  })
})
