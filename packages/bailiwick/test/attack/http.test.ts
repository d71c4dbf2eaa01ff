import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AttackInstallation } from './installation.ts'

interface Opened {
  readonly session: { readonly id: string }
  readonly token: string
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

let installation: AttackInstallation
let server: ChildProcess
let origin = ''
let own: Opened
let other: Opened
let short: Opened
let revoked: Opened
let closed: Opened
let shortOpened = 0

beforeAll(async () => {
  installation = new AttackInstallation()
  const open = (...more: string[]): Promise<Opened> =>
    installation.json<Opened>('sessions', 'open', '--agent', 'agent', '--goal', 'goal', ...more)
  const { args, env } = installation.command('up', '--port', '0', '--json')
  server = spawn(process.execPath, args, {
    cwd: installation.folder,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  })
  const line = await Promise.race([
    once(createInterface(server.stdout as NodeJS.ReadableStream), 'line').then(([text]) => String(text)),
    once(server, 'exit').then(([code]) => Promise.reject(new Error(`the gateway ended with ${String(code)}`))),
  ])
  origin = new URL((JSON.parse(line) as { url: string }).url).origin
  own = await open()
  ;[other, revoked] = await Promise.all([open(), open()])
  closed = await open()
  short = await open('--lifetime', '1s')
  shortOpened = performance.now()
})
afterAll(async () => {
  server?.kill('SIGKILL')
  installation?.remove()
})

/** A request as bytes want it: Node's own client lets Host and Origin be anything. */
function send(options: {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${origin}${options.path ?? '/mcp'}`,
      { method: options.method ?? 'POST', headers: options.headers ?? {}, timeout: 10_000 },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }),
        )
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('no answer in 10 s')))
    request.end(options.body)
  })
}

const base = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
const bearer = (token: string): Record<string, string> => ({ ...base, authorization: `Bearer ${token}` })
const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'attacker', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** A call in revision 2026-07-28. */
function callBody(text: string, name = 'honest'): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: { text }, _meta: envelope } })
}

const modern = (token: string): Record<string, string> => ({
  ...bearer(token),
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'honest',
})

let honestCalls = 0
const reached = (): unknown[] => installation.reached().map((entry) => entry.params?.arguments?.['text'])

/** After each attack the gateway answers an honest call, and only honest calls have reached the tool. */
afterEach(async () => {
  honestCalls += 1
  const reply = await send({ headers: modern(own.token), body: callBody(`honest ${honestCalls}`) })
  expect(reply.text).toContain(`said honest ${honestCalls}`)
  expect(reached().filter((text) => !/^honest \d+$/.test(String(text)))).toEqual([])
})

/** A connection of revision 2025-06-18; gives its `Mcp-Session-Id`. */
async function connect(token: string): Promise<string> {
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'attacker', version: '1.0.0' } }
  const reply = await send({ headers: bearer(token), body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }) })
  expect(reply.status).toBe(200)
  const id = reply.headers['mcp-session-id'] as string
  await send({
    headers: { ...bearer(token), 'mcp-session-id': id },
    body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
  })
  return id
}

const legacyCall = (text: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'honest', arguments: { text } } })

describe('a request without a good token', () => {
  const jwt = (header: object, payload: object, signature = ''): string =>
    [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + `.${signature}`
  const payload = (): object => JSON.parse(Buffer.from(own.token.split('.')[1] as string, 'base64url').toString('utf8')) as object
  const [header, claims, signature] = [0, 1, 2].map((part) => () => own.token.split('.')[part] as string) as [
    () => string,
    () => string,
    () => string,
  ]

  it.each<[string, () => Record<string, string>]>([
    ['none', () => base],
    ['an empty one', () => ({ ...base, authorization: 'Bearer ' })],
    ['another scheme', () => ({ ...base, authorization: `Basic ${own.token}` })],
    ['one that is no JWT', () => bearer('not-a-token')],
    ['a very long one', () => bearer('x'.repeat(12_000))],
    ['its signature left out', () => bearer(`${header()}.${claims()}.`)],
    ['its signature altered', () => bearer(`${header()}.${claims()}.${signature().startsWith('A') ? 'B' : 'A'}${signature().slice(1)}`)],
    ['`alg: none`', () => bearer(jwt({ alg: 'none', typ: 'at+jwt' }, payload()))],
    ['`alg: none` and the old signature', () => bearer(jwt({ alg: 'none', typ: 'at+jwt' }, payload(), signature()))],
    ['`alg: HS256`', () => bearer(jwt({ alg: 'HS256', typ: 'at+jwt' }, payload(), signature()))],
    [
      'a key of its own in the header',
      () => bearer(jwt({ alg: 'EdDSA', typ: 'at+jwt', jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AA' } }, payload(), signature())),
    ],
    [
      'another session in its claims',
      () =>
        bearer(`${header()}.${Buffer.from(JSON.stringify({ ...payload(), sid: other.session.id })).toString('base64url')}.${signature()}`),
    ],
    ['the claims of one and the signature of another', () => bearer(`${header()}.${other.token.split('.')[1]}.${signature()}`)],
  ])('is answered with 401 and a challenge that names the metadata (%s)', async (_what, headers) => {
    const reply = await send({
      headers: { ...modern('x'), ...headers(), ...('authorization' in headers() ? {} : { authorization: '' }) },
      body: callBody('stolen'),
    })
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toContain(`resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`)
  })

  it('in the URL or in a cookie is no token at all', async () => {
    const { authorization: _, ...headers } = modern(own.token)
    expect((await send({ path: `/mcp?access_token=${own.token}`, headers, body: callBody('stolen') })).status).toBe(401)
    expect((await send({ headers: { ...headers, cookie: `token=${own.token}` }, body: callBody('stolen') })).status).toBe(401)
  })

  it('finds the metadata of RFC 9728 where the challenge says', async () => {
    const reply = await send({ method: 'GET', path: '/.well-known/oauth-protected-resource/mcp' })
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.text)).toMatchObject({ resource: `${origin}/mcp`, bearer_methods_supported: ['header'] })
  })

  it('is refused once the token has expired, also when it was seen while it was good', async () => {
    await sleep(Math.max(0, 1100 - (performance.now() - shortOpened)))
    const reply = await send({ headers: modern(short.token), body: callBody('expired') })
    expect(reply.status).toBe(401)
    const living = await installation.json<Opened>('sessions', 'open', '--agent', 'agent', '--goal', 'goal', '--lifetime', '2s')
    const discover = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope } })
    const headers = { ...modern(living.token), 'mcp-method': 'tools/list', 'mcp-name': '' }
    const { 'mcp-name': _, ...listing } = headers
    expect((await send({ headers: listing, body: discover })).status).toBe(200)
    await sleep(2000)
    expect((await send({ headers: modern(living.token), body: callBody('expired') })).status).toBe(401)
  })
})

describe('one session at the address of another', () => {
  it('cannot use its `Mcp-Session-Id`', async () => {
    const mine = await connect(own.token)
    const theirs = await connect(other.token)
    expect(mine).not.toBe(theirs)
    for (const [token, id] of [
      [own.token, theirs],
      [other.token, mine],
    ] as const) {
      const headers = { ...bearer(token), 'mcp-session-id': id, 'mcp-protocol-version': '2025-06-18' }
      expect((await send({ headers, body: legacyCall('stolen') })).status).toBe(404)
      expect((await send({ method: 'GET', headers: { ...headers, accept: 'text/event-stream' } })).status).toBe(404)
      expect((await send({ method: 'DELETE', headers })).status).toBe(404)
    }
    // It is still there for its owner.
    const reply = await send({
      headers: { ...bearer(own.token), 'mcp-session-id': mine },
      body: JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'ping' }),
    })
    expect(reply.status).toBe(200)
  })

  it('cannot guess one', async () => {
    for (const id of ['0', '../..', 'x'.repeat(5000), '__proto__', own.session.id]) {
      const headers = { ...bearer(own.token), 'mcp-session-id': id }
      expect((await send({ headers, body: legacyCall('guessed') })).status).toBe(404)
    }
  })
})

describe('a request from a hostile page', () => {
  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '169.254.169.254', '0.0.0.0'])(
    'is refused with the host %s',
    async (host) => {
      const reply = await send({ headers: { ...modern(own.token), host }, body: callBody('rebound') })
      expect(reply.status).toBe(403)
    },
  )

  it.each(['https://evil.example', 'http://127.0.0.1.evil.example', 'http://localhost@evil.example', 'null', 'file://', ''])(
    'is refused with the origin `%s`',
    async (from) => {
      const reply = await send({ headers: { ...modern(own.token), origin: from }, body: callBody('cross-site') })
      expect(reply.status).toBe(403)
    },
  )

  it('does not even learn from the metadata with a hostile host', async () => {
    const reply = await send({ method: 'GET', path: '/.well-known/oauth-protected-resource/mcp', headers: { host: 'evil.example' } })
    expect(reply.status).toBe(403)
  })
})

describe('a request whose headers and body disagree', () => {
  it.each<[string, Record<string, string>]>([
    ['another method', { 'mcp-method': 'tools/list' }],
    ['another name', { 'mcp-name': 'act' }],
    ['another revision', { 'mcp-protocol-version': '2025-11-25' }],
    ['an encoded other name', { 'mcp-name': '=?base64?YWN0?=' }],
  ])('is refused with -32020 (%s)', async (_what, headers) => {
    const reply = await send({ headers: { ...modern(own.token), ...headers }, body: callBody('mismatch') })
    expect(reply.status).toBe(400)
    expect(JSON.parse(reply.text)).toMatchObject({ error: { code: -32_020 } })
  })

  it.each(['mcp-method', 'mcp-name', 'mcp-protocol-version'])('is refused with -32020 without the header %s', async (name) => {
    const headers = Object.fromEntries(Object.entries(modern(own.token)).filter(([key]) => key !== name))
    const reply = await send({ headers, body: callBody('missing') })
    expect(reply.status).toBe(400)
    expect(JSON.parse(reply.text)).toMatchObject({ error: { code: -32_020 } })
  })

  it('is refused when it claims the new revision in its header alone', async () => {
    const reply = await send({ headers: modern(own.token), body: legacyCall('unwrapped') })
    expect(reply.status).toBe(400)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/plain; application/json',
    '',
  ])('is refused with the content type `%s`', async (type) => {
    const reply = await send({ headers: { ...modern(own.token), 'content-type': type }, body: callBody('typed') })
    expect(reply.status).toBe(415)
  })
})

describe('a body that is hostile', () => {
  it.each<[string, string | Buffer, number]>([
    ['no JSON', 'nonsense', 400],
    ['nothing', '', 400],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['a key twice', callBody('x').replace('"method"', '"method":"tools/list","method"'), 400],
    ['__proto__', callBody('x').replace('"text":"x"', '"text":"x","__proto__":{"polluted":1}'), 400],
    ['half of a surrogate pair', callBody('x').replace('"text":"x"', '"text":"\\ud800"'), 400],
    [
      'nesting without end',
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`,
      400,
    ],
    ['a batch', `[${callBody('batch')},${callBody('batch')}]`, 400],
    ['over 8 MiB', callBody('x'.repeat(9 * 1024 * 1024)), 413],
  ])('is refused: %s', async (_what, body, status) => {
    const reply = await send({ headers: modern(own.token), body })
    expect(reply.status).toBe(status)
    expect(JSON.parse(reply.text)).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) as number } })
  })

  it('is refused over 8 MiB also when it comes in chunks and does not say how long it is', async () => {
    const reply = await send({
      headers: { ...modern(own.token), 'transfer-encoding': 'chunked' },
      body: callBody('x'.repeat(9 * 1024 * 1024)),
    })
    expect(reply.status).toBe(413)
  })

  it.each(['PUT', 'PATCH', 'TRACE'])('is refused with the verb %s', async (method) => {
    const reply = await send({ method, headers: modern(own.token), body: callBody('verb') })
    expect(reply.status).toBeGreaterThanOrEqual(400)
  })

  it('cannot hide calls in a batch of older ones: each is decided', async () => {
    const id = await connect(own.token)
    const before = installation.entriesOf('decision').length
    const calls = [legacyCall('honest 0'), legacyCall('honest 0').replace('"id":1', '"id":2').replace('"honest"', '"other"')]
    await send({ headers: { ...bearer(own.token), 'mcp-session-id': id }, body: `[${calls.join(',')}]` })
    const decided = installation.entriesOf('decision').slice(before)
    expect(decided.map((entry) => `${entry.tool} ${entry.response}`).sort()).toEqual(['box.honest allow', 'other deny'])
  })
})

describe('a session that has ended', () => {
  it.each([
    { change: 'revoke', of: () => revoked, rule: 'T0.revoked', why: 'was revoked' },
    { change: 'close', of: () => closed, rule: 'T0.state', why: 'the session is closed' },
  ])('by $change is refused on its next call, in both revisions', async ({ change, of, rule, why }) => {
    const { token, session } = of()
    const id = await connect(token)
    await installation.json('sessions', change, session.id)
    const before = installation.entriesOf('decision').length
    const reply = await send({ headers: modern(token), body: callBody('after') })
    expect(reply.text).toContain(rule)
    expect(reply.text).toContain(why)
    expect(installation.entriesOf('decision').slice(before)).toMatchObject([{ response: 'deny', tier: 'T0', session: session.id }])
    const legacy = await send({ headers: { ...bearer(token), 'mcp-session-id': id }, body: legacyCall('after') })
    expect(legacy.status === 404 || legacy.text.includes(rule)).toBe(true)
  })
})

describe('after all of it', () => {
  it('the ledger verifies and no call is open', async () => {
    expect(await installation.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
  })
})
