import { expect, test } from 'vitest'
import { signInByBrowser } from '../../../src/authority/sign-in/by-browser.ts'
import { signInByDevice } from '../../../src/authority/sign-in/by-device.ts'
import { findProvider } from '../../../src/authority/sign-in/provider.ts'
import type { Provider } from '../../../src/authority/sign-in/provider.ts'
import type { PersonAnswer } from '../../../src/authority/trust/trusted-issuers.ts'
import { scratchTrust } from '../trust/scratch-trust.ts'
import { Browser } from './browser.ts'
import { realProvider } from './real-provider.ts'

const scope = 'openid email'

function find(issuer: string): Promise<Provider> {
  return findProvider({ issuer, clientId: 'bailiwick', clientSecret: null })
}

/** What the gateway makes of a token. */
async function taken(issuer: string, token: string): Promise<PersonAnswer> {
  const scratch = scratchTrust({ people: { issuer, clientId: 'bailiwick', claim: 'email', domains: ['corp.example'] } })
  scratch.now = Date.now()
  return scratch.trust.person(token)
}

test('A person signs in with their browser, and the gateway takes the token for them.', async () => {
  const issuer = await realProvider()
  const pages: string[] = []
  const show = (url: string): void => {
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({ code_challenge_method: 'S256', response_type: 'code', scope })
    void new Browser({ login: 'ann', password: 'x' }).open(url).then(({ text }) => pages.push(text))
  }
  const token = await signInByBrowser(await find(issuer), { scope, port: 0, patience: 20_000, show })
  expect(await taken(issuer, token)).toMatchObject({ ok: true, person: 'ann@corp.example', subject: 'ann', issuer })
  await expect.poll(() => pages).toEqual([expect.stringContaining('close this page')])
})

test('A person whose address the provider has not verified is signed in there, and nobody here.', async () => {
  const issuer = await realProvider()
  const show = (url: string): void => void new Browser({ login: 'mallory', password: 'x' }).open(url)
  const token = await signInByBrowser(await find(issuer), { scope, port: 0, patience: 20_000, show })
  expect(await taken(issuer, token)).toEqual({ ok: false, reason: 'the provider has not verified the e-mail address' })
})

test("A code of the attacker's that is put into a person's redirect, with its state, signs nobody in.", async () => {
  const issuer = await realProvider()
  const theirs = await find(issuer)
  const stolen = Promise.withResolvers<string>()
  const attack = signInByBrowser(theirs, {
    scope,
    port: 0,
    patience: 20_000,
    show: (url) => void new Browser({ login: 'mallory', password: 'x' }).lead(url).then(stolen.resolve),
  })
  attack.catch(() => {})
  const code = new URL(await stolen.promise).searchParams.get('code') as string
  const show = (url: string): void => {
    const asked = new URL(url).searchParams
    void fetch(`${asked.get('redirect_uri')}?${new URLSearchParams({ code, state: asked.get('state') as string, iss: issuer }).toString()}`)
  }
  await expect(signInByBrowser(await find(issuer), { scope, port: 0, patience: 20_000, show })).rejects.toMatchObject({
    code: 'SIGN_IN_FAILED',
    message: expect.stringContaining('invalid_grant') as string,
  })
  const answer = new URL(await stolen.promise)
  answer.searchParams.set('error', 'access_denied')
  await fetch(answer)
  await expect(attack).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' })
})

test('A person signs in on another device; until then the command waits as long as the provider says.', async () => {
  const issuer = await realProvider()
  const pauses: number[] = []
  let shown: { page: string; code: string } | null = null
  const token = await signInByDevice(await find(issuer), {
    scope,
    show: (page, code) => (shown = { page, code }),
    pause: async (duration) => {
      pauses.push(duration)
      if (pauses.length !== 2) return
      const { page, code } = shown as unknown as { page: string; code: string }
      const { text } = await new Browser({ login: 'ann', password: 'x', user_code: code }).open(page)
      expect(text).toContain('Sign-in Success')
    },
  })
  expect(pauses).toEqual([5000, 5000])
  expect(await taken(issuer, token)).toMatchObject({ ok: true, person: 'ann@corp.example' })
})
