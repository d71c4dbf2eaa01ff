import { createHash } from 'node:crypto'
import { request } from 'node:http'
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { signInByBrowser } from '../../../src/authority/sign-in/by-browser.ts'
import { signInByDevice } from '../../../src/authority/sign-in/by-device.ts'
import { findProvider } from '../../../src/authority/sign-in/provider.ts'
import type { Provider } from '../../../src/authority/sign-in/provider.ts'
import { discoveryPath, issuer } from '../trust/issuer.ts'
import type { Issuer } from '../trust/issuer.ts'

interface Asked {
  readonly state: string
  readonly nonce: string
  readonly redirect: string
  readonly challenge: string
}

type Tokens = (asked: Asked, idp: Issuer, verifier: string) => Promise<unknown>

/** A provider that answers as it is told, with the way of a person through it. */
async function hostile(metadata: Readonly<Record<string, unknown>> = {}): Promise<{
  idp: Issuer
  found: () => Promise<Provider>
  tokens: (answer: Tokens) => void
  signIn: (come: Come, patience?: number) => Promise<string>
}> {
  const idp = await issuer('RS256')
  const endpoints = {
    authorization_endpoint: '/auth',
    token_endpoint: '/token',
    device_authorization_endpoint: '/device',
    jwks_uri: '/keys',
  }
  const document = Object.fromEntries(Object.entries(endpoints).map(([name, path]) => [name, `${idp.url}${path}`]))
  idp.answer(discoveryPath, (response) => json(response, 200, { issuer: idp.url, ...document, ...metadata }))
  let asked: Asked
  const found = (): Promise<Provider> => findProvider({ issuer: idp.url, clientId: 'bailiwick', clientSecret: null })
  return {
    idp,
    found,
    tokens: (answer) =>
      idp.answer('/token', (response, from) => {
        let body = ''
        from.on('data', (data: Buffer) => (body += data.toString()))
        from.on(
          'end',
          () => void answer(asked, idp, new URLSearchParams(body).get('code_verifier') ?? '').then((said) => json(response, 200, said)),
        )
      }),
    signIn: async (come, patience = 5000) =>
      signInByBrowser(await found(), {
        scope: 'openid',
        port: 0,
        patience,
        show: (url) => {
          const { searchParams } = new URL(url)
          const get = (name: string): string => searchParams.get(name) as string
          asked = { state: get('state'), nonce: get('nonce'), redirect: get('redirect_uri'), challenge: get('code_challenge') }
          void come(asked, idp)
        },
      }),
  }
}

type Come = (asked: Asked, idp: Issuer) => Promise<unknown>

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function idToken({ nonce }: Asked, idp: Issuer, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return idp.sign({ aud: 'bailiwick', sub: 'ann', iat: now, exp: now + 300, nonce, ...more })
}

async function tokensWith(id_token: Promise<string> | undefined): Promise<unknown> {
  return { access_token: 'access', token_type: 'Bearer', ...(id_token === undefined ? {} : { id_token: await id_token }) }
}

function back({ redirect, state }: Asked, query: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${redirect}?${new URLSearchParams({ code: 'code', state, ...query }).toString()}`)
}

test('With what was asked for, the sign-in ends with the ID token, and the verifier was that of the challenge.', async () => {
  const { signIn, tokens } = await hostile()
  tokens(async (asked, idp, verifier) => {
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(asked.challenge)
    return tokensWith(idToken(asked, idp))
  })
  expect((await signIn((asked) => back(asked))).split('.')).toHaveLength(3)
})

test.each<[string, Record<string, unknown>, Record<string, string>, string]>([
  ['of another issuer (mix-up, RFC 9207)', {}, { iss: 'https://evil.example' }, 'iss'],
  ['that does not say its issuer although it would', { authorization_response_iss_parameter_supported: true }, {}, 'iss'],
  ['that refuses', {}, { error: 'access_denied', error_description: 'not today' }, 'access_denied: not today'],
  ['with an ID token of its own in the address', {}, { id_token: 'a.b.c' }, 'implicit'],
])('An answer %s ends the sign-in, before the code is shown to anybody.', async (_, metadata, query, message) => {
  const { signIn, idp } = await hostile(metadata)
  const failed = await signIn((asked) => back(asked, query)).then(
    () => null,
    (error: unknown) => error,
  )
  expect(failed).toMatchObject({ code: 'SIGN_IN_FAILED', message: expect.stringContaining(message) as string })
  expect(idp.asked.get('/token')).toBeUndefined()
})

test('What comes without the state, or not as a browser would come, is sent away, and the sign-in goes on.', async () => {
  const { signIn, tokens } = await hostile()
  tokens((asked, idp) => tokensWith(idToken(asked, idp)))
  const statuses: number[] = []
  const token = await signIn(async (asked) => {
    const { redirect, state } = asked
    const tries = [
      fetch(`${redirect}?code=evil`),
      fetch(`${redirect}?code=evil&state=${state}x`),
      fetch(`${redirect}?code=evil&state=${state}&state=${state}`),
      fetch(`${redirect}?code=evil&state=`),
      fetch(redirect.replace('/callback', '/other') + `?code=evil&state=${state}`),
      fetch(`${redirect}?code=evil&state=${state}`, { method: 'POST' }),
      fetch(`${redirect}?code=evil&state=${state}&pad=${'x'.repeat(9000)}`),
    ]
    for (const one of tries) statuses.push((await one).status)
    statuses.push(await statusFor(`${redirect}?code=evil&state=${state}`, 'evil.example'))
    await back(asked)
  })
  expect(statuses).toEqual(Array(8).fill(400))
  expect(token.split('.')).toHaveLength(3)
})

/** `fetch` does not let the host be another. */
function statusFor(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers: { host } }, (response) => resolve(response.resume().statusCode as number))
    asking.on('error', reject).end()
  })
}

test.each<[string, Tokens, RegExp]>([
  ['with the nonce of another sign-in', (asked, idp) => tokensWith(idToken(asked, idp, { nonce: 'other' })), /nonce/],
  ['without a nonce', (asked, idp) => tokensWith(idToken(asked, idp, { nonce: undefined })), /nonce/],
  ['for another client', (asked, idp) => tokensWith(idToken(asked, idp, { aud: 'other' })), /aud/],
  ['of another issuer', (asked, idp) => tokensWith(idToken(asked, idp, { iss: 'https://evil.example' })), /iss/],
  ['that has expired', (asked, idp) => tokensWith(idToken(asked, idp, { exp: 1 })), /exp/],
  ['that is none', () => tokensWith(Promise.resolve('token')), /failed/],
  ['that is missing', () => tokensWith(undefined), /id_token/],
])('An ID token %s ends the sign-in.', async (_, tokens, message) => {
  const provider = await hostile()
  provider.tokens(tokens)
  await expect(provider.signIn((asked) => back(asked))).rejects.toMatchObject({
    code: 'SIGN_IN_FAILED',
    message: expect.stringMatching(message) as string,
  })
})

test('A provider that sends the code on to another address does not get it there.', async () => {
  const { signIn, idp } = await hostile()
  const other = await issuer()
  idp.answer('/token', (response) => response.writeHead(307, { location: `${other.url}/token` }).end())
  await expect(signIn((asked) => back(asked))).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' })
  expect(other.asked.size).toBe(0)
})

test('A person who does not come is given up, and the address is free again.', async () => {
  const { signIn } = await hostile()
  let redirect = ''
  await expect(
    signIn(async (asked) => {
      ;({ redirect } = asked)
    }, 200),
  ).rejects.toMatchObject({ code: 'SIGN_IN_FAILED', message: 'nobody signed in' })
  await expect(fetch(redirect)).rejects.toThrow('fetch failed')
})

test('A provider whose discovery document is about another is none.', async () => {
  const { found } = await hostile({ issuer: 'https://evil.example' })
  await expect(found()).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' })
})

const code = { device_code: 'device', user_code: 'AB-CD', verification_uri: 'http://127.0.0.1/device', expires_in: 60, interval: 5 }

test('Where the provider asks for it, the command waits longer between its questions, and gives up when the code expires.', async () => {
  const { idp, found } = await hostile()
  idp.answer('/device', (response) => json(response, 200, code))
  const answers = ['authorization_pending', 'slow_down', 'authorization_pending']
  idp.answer('/token', (response) => json(response, 400, { error: answers.shift() ?? 'authorization_pending' }))
  const pauses: number[] = []
  const pause = async (duration: number): Promise<void> => void pauses.push(duration)
  await expect(signInByDevice(await found(), { scope: 'openid', show: () => {}, pause })).rejects.toMatchObject({
    code: 'SIGN_IN_FAILED',
    message: expect.stringContaining('expired') as string,
  })
  expect(pauses.slice(0, 4)).toEqual([5000, 5000, 10_000, 10_000])
  expect(pauses.reduce((sum, duration) => sum + duration, 0)).toBeLessThanOrEqual(70_000)
})

test.each<[string, Record<string, unknown>, Record<string, unknown>, RegExp]>([
  ['is refused', {}, { error: 'access_denied' }, /access_denied/],
  ['comes too late', {}, { error: 'expired_token' }, /expired_token/],
  ['would be typed into a script', { verification_uri: 'javascript:alert(1)' }, {}, /no page/],
  ['would be typed into a file', { verification_uri: 'file:///tmp/page.html' }, {}, /no page/],
  ['has no code', { user_code: undefined }, {}, /user_code/],
])('A sign-in on another device that %s fails.', async (_, begun, end, message) => {
  const { idp, found } = await hostile()
  idp.answer('/device', (response) => json(response, 200, { ...code, ...begun }))
  idp.answer('/token', (response) => json(response, 400, end))
  await expect(signInByDevice(await found(), { scope: 'openid', show: () => {}, pause: async () => {} })).rejects.toMatchObject({
    code: 'SIGN_IN_FAILED',
    message: expect.stringMatching(message) as string,
  })
})
