import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { expect, test } from 'vitest'
import type { NewEntry } from '../../src/ledger/entry.ts'
import type { Link } from '../../src/model/lineage.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'
import { httpReceiver, until } from './http-receiver.ts'
import type { HttpReceiver, Received } from './http-receiver.ts'
import { securityEventsTo, streamed, transmitting } from './streamed-ledger.ts'
import { call } from './told-ledger.ts'

const sessionRevoked = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
const credentialChange = 'https://schemas.openid.net/secevent/caep/event-type/credential-change'
const at = Date.UTC(2026, 0, 15, 12) / 1000

function revoked(kind: Link['kind'], id: string, over: { event?: 'revoked' | 'lifted'; by?: string; reason?: string } = {}): NewEntry {
  const session = kind === 'session' ? id : null
  return { type: 'revocation', event: 'revoked', kind, id, session, by: 'ann', reason: 'it misbehaved', ...over }
}

const tokenIn = ({ body }: Received): string => body.toString()
const claimsIn = (one: Received): JWTPayload => decodeJwt(tokenIn(one))
const reasonIn = (one: Received): string | undefined =>
  (Object.values(claimsIn(one)['events'] as object)[0] as { reason_admin?: { und: string } }).reason_admin?.und

/** A receiver that takes what `refusals` has no answer for: a status, and what to say with it. */
function receiver(
  refuse: (one: Received, nth: number) => readonly [number, (object | undefined)?] | null = () => null,
): Promise<HttpReceiver> {
  return httpReceiver((one, response, nth) => {
    const [status, said] = refuse(one, nth) ?? [202]
    response.writeHead(status, { 'content-type': 'application/json' }).end(said === undefined ? '' : JSON.stringify(said))
  })
}

test('A revocation is told as a signed event by RFC 8935, of the type that fits, about what was revoked.', async () => {
  const { url, received } = await receiver()
  const { ledger, tokenKeys } = await streamed([securityEventsTo(`${url}/events?x=1`, { headers: { Authorization: { env: 'TOKEN' } } })])
  await ledger.append(call('call_1', { session: 'ses_1', agent: 'clerk' }))
  const kinds = ['everything', 'agent', 'goal', 'session', 'session', 'token', 'delegation', 'key'] as const
  const ids = ['*', 'clerk', 'letters', 'ses_1', 'ses_unknown', 'jti-1', 'dlg_1', 'Kx-_1']
  for (const [index, kind] of kinds.entries()) await ledger.append(revoked(kind, ids[index] as string))
  await until(() => received.length === kinds.length)

  for (const { path, headers } of received) {
    expect(path).toBe('/events?x=1')
    expect(headers).toMatchObject({ 'content-type': 'application/secevent+jwt', accept: 'application/json', authorization: 'Bearer t' })
  }
  const keys = createLocalJWKSet({ keys: [...(await tokenKeys.published())] })
  for (const one of received)
    await jwtVerify(tokenIn(one), keys, { typ: 'secevent+jwt', issuer: transmitting.http.publicUrl, audience: 'receiver' })
  const session = { format: 'opaque', id: 'ses_1' }
  const uri = (text: string): object => ({ format: 'uri', uri: text })
  expect(received.map((one) => claimsIn(one)['sub_id'])).toEqual([
    { format: 'complex', tenant: uri('https://gateway.corp.example') },
    uri('spiffe://corp.example/agent/clerk'),
    uri('spiffe://corp.example/goal/letters'),
    { format: 'complex', session, application: uri('spiffe://corp.example/agent/clerk') },
    { format: 'opaque', id: 'ses_unknown' },
    { format: 'jwt_id', iss: transmitting.http.publicUrl, jti: 'jti-1' },
    { format: 'opaque', id: 'dlg_1' },
    uri('urn:ietf:params:oauth:jwk-thumbprint:sha-256:Kx-_1'),
  ])
  const told = { event_timestamp: at, initiating_entity: 'admin', reason_admin: { und: 'it misbehaved' } }
  for (const one of received.slice(0, -1)) expect(claimsIn(one)['events']).toEqual({ [sessionRevoked]: told })
  expect(claimsIn(received.at(-1) as Received)['events']).toEqual({
    [credentialChange]: { ...told, credential_type: 'jwk', change_type: 'revoke', friendly_name: 'Kx-_1' },
  })
  for (const one of received) {
    expect(Object.keys(claimsIn(one)).sort()).toEqual(['aud', 'events', 'iat', 'iss', 'jti', 'sub_id', 'txn'])
    expect(claimsIn(one).iat).toBe(at)
    expect(decodeProtectedHeader(tokenIn(one))).toEqual({ alg: 'EdDSA', typ: 'secevent+jwt', kid: (await tokenKeys.current()).kid })
  }
  expect(new Set(received.map((one) => claimsIn(one).jti)).size).toBe(received.length)
})

test('What is given back, and what is no revocation, is not told; nor are kinds that the receiver is not to know.', async () => {
  const { url, received } = await receiver()
  const { ledger, cursors } = await streamed([securityEventsTo(url, { kinds: ['agent'] })])
  await ledger.append(revoked('agent', 'clerk', { event: 'lifted' }))
  await ledger.append(call('call_1'))
  await ledger.append(revoked('goal', 'letters'))
  await ledger.append(revoked('agent', 'clerk', { reason: '' }))
  await until(async () => (await cursors.cursor(`securityEvents ${url}`)) === 4)
  expect(received.map(claimsIn)).toMatchObject([{ txn: expect.stringMatching(/^3-/) as string }])
  expect(reasonIn(received[0] as Received)).toBeUndefined()
})

test('Names that could be taken for others come out escaped, and a reason without end is cut.', async () => {
  const { url, received } = await receiver()
  const { ledger } = await streamed([securityEventsTo(url)])
  await ledger.append(revoked('agent', '../goal/letters?x#y 💥', { reason: '💥'.repeat(2000) }))
  await until(() => received.length === 1)
  const [one] = received as [Received]
  expect(claimsIn(one)['sub_id']).toEqual({
    format: 'uri',
    uri: 'spiffe://corp.example/agent/..%2Fgoal%2Fletters%3Fx%23y%20%F0%9F%92%A5',
  })
  expect(reasonIn(one)?.length).toBeLessThanOrEqual(1000)
  expect(reasonIn(one)?.isWellFormed()).toBe(true)
})

test('An event that was altered on the way is no longer by our key.', async () => {
  const { url, received } = await receiver()
  const { ledger, tokenKeys } = await streamed([securityEventsTo(url)])
  await ledger.append(revoked('agent', 'clerk'))
  await until(() => received.length === 1)
  const [header, , signature] = tokenIn(received[0] as Received).split('.') as [string, string, string]
  const other = Buffer.from(JSON.stringify({ ...claimsIn(received[0] as Received), sub_id: { format: 'opaque', id: 'x' } }))
  const keys = createLocalJWKSet({ keys: [...(await tokenKeys.published())] })
  await expect(jwtVerify(`${header}.${other.toString('base64url')}.${signature}`, keys)).rejects.toThrow(/signature/)
})

test('A receiver that was away is told everything when it is back, in order, each under the id that it had; a process that died in between loses nothing.', async () => {
  const scratch = new ScratchLedger()
  let away = true
  const { url, received } = await receiver(() => (away ? [503] : null))
  const first = await streamed([securityEventsTo(url)], scratch)
  for (const name of ['a', 'b', 'c']) await first.ledger.append(revoked('agent', name))
  await until(() => received.length >= 2)
  await first.stop()
  away = false
  await streamed([securityEventsTo(url)], scratch)
  await until(() => new Set(received.map((one) => claimsIn(one)['txn'])).size === 3)
  const taken = received.slice(-3)
  expect(taken.map((one) => (claimsIn(one)['sub_id'] as { uri: string }).uri.slice(-1))).toEqual(['a', 'b', 'c'])
  expect(new Set(received.map(tokenIn)).size).toBe(3)
  expect(first.reports.map((line) => line.replace(/127\S+/, 'there'))).toEqual([
    'the export to securityEvents http://there fails, and is tried again: the receiver answered 503',
  ])
})

test('Each receiver is told under ids of its own.', async () => {
  const [one, other] = await Promise.all([receiver(), receiver()])
  const { ledger } = await streamed([securityEventsTo(one.url), securityEventsTo(other.url, { audience: 'other' })])
  await ledger.append(revoked('agent', 'clerk'))
  await until(() => one.received.length === 1 && other.received.length === 1)
  const [a, b] = [claimsIn(one.received[0] as Received), claimsIn(other.received[0] as Received)]
  expect(a['txn']).toBe(b['txn'])
  expect(a.jti).not.toBe(b.jti)
  expect([a.aud, b.aud]).toEqual(['receiver', 'other'])
})

test('An event that a receiver calls malformed is given up at once, loudly, and those behind it are told.', async () => {
  const { url, received } = await receiver((one) =>
    reasonIn(one) === 'bad' ? [400, { err: 'invalid_request', description: 'what\u0007 is "Bearer t0ken-of-ours"?' }] : null,
  )
  const token = { headers: { Authorization: 'Bearer t0ken-of-ours' } }
  const { ledger, store, reports } = await streamed([securityEventsTo(url, token)])
  await ledger.append(revoked('agent', 'clerk', { reason: 'bad' }))
  await ledger.append(revoked('agent', 'helper', { reason: 'good' }))
  await until(() => received.length === 2)
  expect(received.map(reasonIn)).toEqual(['bad', 'good'])
  const entry = JSON.parse(Buffer.from((await store.entries(2, 1))[0] as Uint8Array).toString()) as object
  const detail = 'the revocation of entry 0 was refused and is not told again: invalid_request: what\\u0007 is "…"?'
  expect(entry).toMatchObject({ type: 'event', event: 'alert', subject: `export securityEvents ${url}`, detail })
  expect(reports).toEqual([`the export to securityEvents ${url} gave up an entry: ${detail}`])
})

test('A receiver that refuses everything for another reason holds up what is behind for as long as patience lasts, and no longer.', async () => {
  const refusals: readonly (object | undefined)[] = [{ err: 'authentication_failed' }, { err: 7 }, undefined, [], { description: 'no' }]
  const { url, received } = await receiver((_, nth) => [400, refusals[nth % refusals.length]])
  const { ledger, reports } = await streamed([securityEventsTo(url)], undefined, undefined, { patience: 1200 })
  for (const reason of ['a', 'b', 'c']) await ledger.append(revoked('agent', 'clerk', { reason }))
  await until(() => reports.filter((line) => line.includes('gave up')).length === 3)
  const tried = received.map(reasonIn)
  expect(tried.filter((one) => one === 'a').length).toBeGreaterThanOrEqual(3)
  // What waited that long already is tried once.
  expect(tried.slice(-2)).toEqual(['b', 'c'])
  expect(reports[0]).toContain('the receiver refused the event: authentication_failed')
  expect(reports.join('\n')).not.toContain('works again')
}, 20_000)

test('A refusal that ends before patience does costs nothing.', async () => {
  const { url, received } = await receiver((_, nth) => (nth < 2 ? [400, { err: 'invalid_key' }] : null))
  const { ledger, reports } = await streamed([securityEventsTo(url)])
  for (const reason of ['a', 'b']) await ledger.append(revoked('agent', 'clerk', { reason }))
  await until(() => received.length === 4)
  expect(received.map(reasonIn)).toEqual(['a', 'a', 'a', 'b'])
  await until(() => reports.length === 2)
  expect(reports[1]).toContain('works again')
})

test.each([200, 307, 401, 503])('An answer %i is no receipt: nothing is given up, nor sent elsewhere.', async (status) => {
  const elsewhere = await receiver()
  const { url, received } = await httpReceiver((_, response, nth) =>
    nth < 2 ? void response.writeHead(status, { location: elsewhere.url }).end() : void response.writeHead(202).end(),
  )
  const { ledger, reports } = await streamed([securityEventsTo(url)], undefined, undefined, { patience: 0 })
  await ledger.append(revoked('agent', 'clerk'))
  await until(() => received.length === 3)
  expect(elsewhere.received).toEqual([])
  expect(reports[0]).toContain(`the receiver answered ${status}`)
  expect(new Set(received.map(tokenIn)).size).toBe(1)
})

test('An answer without end is not read to its end.', async () => {
  let sent = 0
  const { url, received } = await httpReceiver((_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' })
    const more = (): void => {
      sent += 1
      if (!response.destroyed && sent < 4000) response.write('x'.repeat(10_000), () => setImmediate(more))
    }
    more()
  })
  const { ledger, reports } = await streamed([securityEventsTo(url)])
  await ledger.append(revoked('agent', 'clerk'))
  await until(() => reports.length === 1)
  expect(reports[0]).toContain('it does not say why')
  expect(received).toHaveLength(1)
  expect(sent).toBeLessThan(4000)
})

test('A receiver that hangs holds up no revocation.', async () => {
  const hanging = await httpReceiver(() => {})
  const { ledger, store } = await streamed([securityEventsTo(hanging.url)])
  await ledger.append(revoked('agent', 'clerk'))
  await until(() => hanging.received.length === 1)
  const start = performance.now()
  for (let nth = 0; nth < 100; nth += 1) await ledger.append(revoked('agent', `clerk${nth}`))
  expect(performance.now() - start).toBeLessThan(5000)
  expect(await store.size()).toBe(101)
  expect(hanging.received).toHaveLength(1)
})

test('Whoever announced something is not told it again, by its address or by its name; others are.', async () => {
  const [provider, named, other] = await Promise.all([receiver(), receiver(), receiver()])
  const { ledger } = await streamed([
    securityEventsTo(provider.url),
    securityEventsTo(named.url, { issuer: 'https://login.corp.example/realms/x' }),
    securityEventsTo(other.url),
  ])
  await ledger.append(revoked('session', 'ses_1', { by: `event of ${provider.url}/realms/y`, reason: 'session-revoked' }))
  await ledger.append(revoked('session', 'ses_2', { by: 'event of https://login.corp.example/realms/x', reason: 'session-revoked' }))
  await ledger.append(revoked('agent', 'clerk', { reason: 'last' }))
  const idsAt = ({ received }: HttpReceiver): (string | undefined)[] => received.map((one) => (claimsIn(one)['txn'] as string).slice(0, 1))
  await until(() => [provider, named, other].every((one) => one.received.some((event) => reasonIn(event) === 'last')))
  expect([provider, named, other].map(idsAt)).toEqual([
    ['1', '2'],
    ['0', '2'],
    ['0', '1', '2'],
  ])
  expect(Object.values(claimsIn(other.received[0] as Received)['events'] as object)[0]).toMatchObject({ initiating_entity: 'system' })
})

test('A token that no header can hold is refused before anything is sent, without being told.', async () => {
  const { url, received } = await receiver()
  const { use } = await streamed([])
  for (const value of ['Bearer a\nb', 'Bearer ☃', 'Bearer a\u0000'])
    await expect(use([securityEventsTo(url, { headers: { Authorization: value } })])).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: expect.not.stringContaining('Bearer') as string,
    })
  await expect(use([securityEventsTo(url, { headers: { Authorization: { env: 'NONE' } } })])).rejects.toMatchObject({
    code: 'SECRET_MISSING',
  })
  expect(received).toEqual([])
})
