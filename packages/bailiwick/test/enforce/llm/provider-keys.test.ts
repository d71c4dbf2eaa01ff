import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WithoutKeys } from '../../../src/enforce/llm/without-keys.ts'
import { commitmentsOf } from '../../../src/ledger/commitments-of.ts'
import { hello, plainAnswer, provider, recorded } from './recorded-models.ts'
import type { Asked, Recorded } from './recorded-models.ts'

const canary = 'sk-canary/0123456789abcdef'
const agents = 'sk-agent-0123456789abcdef'

/** Everything that was kept: the files of the store, the payloads as they are unsealed, and what was reported. */
async function kept({ folder, entries, payload, reports }: Recorded): Promise<string> {
  const state = join(folder, '.bailiwick')
  const files = readdirSync(state).filter((name) => name.startsWith('bailiwick.db'))
  const payloads = (await entries()).flatMap((entry) => commitmentsOf(entry).map(([, { hash }]) => payload(hash)))
  return [
    ...files.map((name) => readFileSync(join(state, name)).toString('latin1')),
    ...(await Promise.all(payloads)).map((value) => JSON.stringify(value)),
    ...reports,
  ].join('\n')
}

/** Says back whatever key it was asked under, in pieces, as a provider that means harm would. */
function echo({ headers }: Asked, response: Parameters<Parameters<typeof provider>[0]>[1]): void {
  const key = [headers.authorization, headers['x-api-key'], headers['api-key']].join(' ')
  response.writeHead(401, { 'content-type': 'application/json', 'x-request-id': 'req_1' })
  const text = `{"error":{"message":"no such key: ${key}"},"again":"${key.replaceAll('/', String.raw`\/`)}"}`
  for (let at = 0; at < text.length; at += 5) response.write(text.slice(at, at + 5))
  response.end()
}

test.each([
  ['/chat/completions', 'authorization', `Bearer ${canary}`],
  ['/responses', 'authorization', `Bearer ${canary}`],
  ['/messages', 'x-api-key', canary],
] as const)(
  'The key that the gateway was given goes to %s of the provider, and nowhere else, even when it is said back.',
  async (path, header, sent) => {
    const { url, asked } = await provider(echo)
    const one = await recorded(`${url}/v1`, { key: { value: canary } })
    const response = await one.ask(path === '/responses' ? { model: 'm', input: 'x' } : hello, {
      path,
      headers: { authorization: `Bearer ${agents}`, 'x-api-key': agents, 'anthropic-version': '2023-06-01', cookie: agents },
    })
    expect(asked[0]?.headers[header]).toBe(sent)
    expect(JSON.stringify(asked[0]?.headers)).not.toContain(agents)
    expect(asked[0]?.headers['anthropic-version']).toBe('2023-06-01')
    const relayed = await response.text()
    expect(relayed).toContain('no such key: ')
    expect(relayed).toContain('[key]')
    const everything = `${relayed}${JSON.stringify([...response.headers])}${await kept(one)}`
    expect(everything).not.toContain(canary)
    expect(everything).not.toContain(canary.replaceAll('/', String.raw`\/`))
    expect(await one.answered()).toMatchObject([{ status: 'error', error: expect.stringContaining('[key]') as string }])
    expect(await one.verified()).toEqual([])
  },
)

test.each([{ authorization: `Bearer ${agents}` }, { 'x-api-key': agents }, { 'api-key': agents }])(
  'The agent’s own key in %j is passed through, and recorded nowhere.',
  async (headers) => {
    const { url, asked } = await provider(echo)
    const one = await recorded(url)
    await (await one.ask(hello, { headers: headers as unknown as Record<string, string> })).text()
    expect(asked[0]?.headers).toMatchObject(headers)
    expect(await kept(one)).not.toContain(agents)
  },
)

test('A prompt that holds the key is not forwarded, and not recorded.', async () => {
  const { url, asked } = await provider((_, response) => plainAnswer(response))
  const one = await recorded(url, { key: { value: canary } })
  const escaped = JSON.stringify(hello).replace('Good day?', String.raw`is it ${canary.replace('s', String.raw`\u0073`)}?`)
  for (const body of [{ ...hello, user: canary }, { ...hello, [canary]: 1 }, { ...hello, model: canary }, escaped])
    expect((await one.ask(body)).status).toBe(400)
  expect(asked).toEqual([])
  expect(await kept(one)).not.toContain(canary)
})

test('A word that stands in for a key is no secret, and may stand in an answer.', async () => {
  const { url } = await provider((_, response) => plainAnswer(response, 'none of them'))
  const one = await recorded(url)
  expect(await (await one.ask(hello, { headers: { authorization: 'Bearer none' } })).text()).toContain('none of them')
})

test('Wherever an answer is cut, every key is taken out of it, and nothing else is changed.', () => {
  const keys = [canary, 'aaaaaaaaaaaaaaaaaaaaab', 'abababababababababab']
  const part = fc.oneof(
    fc.constantFrom(...keys, 'a', 'ab', 'aaaa', canary.slice(0, 9), '[key]'),
    fc.string({ unit: 'binary', maxLength: 8 }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(20), { minLength: 1 }), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(''))
      const without = new WithoutKeys(keys)
      const out: Buffer[] = []
      for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
        const size = 1 + (cuts[cut % cuts.length] as number)
        out.push(without.take(bytes.subarray(at, at + size)))
        at += size
      }
      const passed = Buffer.concat([...out, without.rest()]).toString('utf8')
      expect(keys.filter((key) => passed.includes(key))).toEqual([])
      if (!keys.some((key) => parts.join('').includes(key))) expect(passed).toBe(bytes.toString('utf8'))
    }),
    { numRuns: 2000 },
  )
})

test('What cannot be the beginning of a key is passed on at once.', () => {
  const without = new WithoutKeys([canary])
  expect(without.take(Buffer.from('data: {}\n\n')).toString()).toBe('data: {}\n\n')
  expect(without.take(Buffer.from('Yes')).toString()).toBe('Ye')
  expect(without.take(Buffer.from('!')).toString()).toBe('s!')
})
