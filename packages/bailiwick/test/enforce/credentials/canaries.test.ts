import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { authorisationServer } from './authorisation-server.ts'
import { crm } from './crm.ts'
import { LendingGateway } from './lending-gateway.ts'

const server = fileURLToPath(new URL('servers/canary-server.ts', import.meta.url))
const canary = `c4n4ry/${crypto.randomUUID()}+=ü?&`
const mcp = { command: process.execPath, args: [server], env: { TOOL_LOG: '/dev/null', CANARY: { env: 'CANARY' } } }

/** The canary in every encoding that is looked for, as whoever searches would decode it: any eight bytes of the middle of it are too many. */
function finds(text: string, secret: string): string[] {
  const bytes = Buffer.from(secret)
  const middle = bytes.subarray(8, 24)
  const hex = middle.toString('hex')
  const within = [0, 1, 2].map((skip) => middle.subarray(skip).toString('base64').slice(0, 12))
  const forms = {
    plain: middle.toString(),
    hex,
    HEX: hex.toUpperCase(),
    percent: hex.replaceAll(/../g, '%$&'),
    reversed: [...secret].toReversed().join('').slice(8, 24),
    ...Object.fromEntries(within.map((form, index) => [`base64 ${index}`, form])),
  }
  return Object.entries(forms).flatMap(([name, form]) => (text.includes(form) ? [name] : []))
}

const open = (plan: Partial<Parameters<typeof LendingGateway.open>[0]> = {}): Promise<LendingGateway> =>
  LendingGateway.open({ mcp, environment: { CANARY: canary }, ...plan })

const caught = [
  'plain',
  'environment',
  'base64',
  'base64 behind one',
  'base64 behind two',
  'base64url',
  'hex',
  'upper hex',
  'percent of all',
  'percent',
  'reversed',
  'quoted',
]

describe('a toolbox that says what it was lent', () => {
  test.each(['result', 'error', 'log', 'progress', 'stderr', 'blob'])(
    'in its %s, in any encoding that is known, is heard by nobody: not by the agent, the ledger, the vault or the operator.',
    async (place) => {
      const gateway = await open()
      const call = await gateway.session()
      for (const way of caught) await call('look', `${place}: ${way}`)
      await gateway.outcomes(caught.length)
      expect(gateway.told.length).toBeGreaterThanOrEqual(caught.length)
      expect(finds(gateway.told.join('\n'), canary)).toEqual([])
      expect(finds(await gateway.remains(), canary)).toEqual([])
      expect(gateway.told.join('\n') + gateway.lines.join('\n')).toContain(place === 'blob' ? 'mem:[secret]' : '[secret]')
    },
  )

  test('in the description of a tool is withheld, and shown to nobody.', async () => {
    const gateway = await open({ mcp: { ...mcp, env: { ...mcp.env, POISONED: 'yes' } } })
    expect(await (await gateway.session())('look')).toContain('no longer the one that was reviewed')
    expect(finds(gateway.told.join('\n') + (await gateway.remains()), canary)).toEqual([])
  })

  test('in a way of its own is heard, as the guide says: in pieces, spelled out, compressed.', async () => {
    const call = await (await open()).session()
    const halves = [await call('look', 'result: first half'), await call('look', 'result: second half')]
    expect(halves[0]).toContain(canary.slice(0, 20))
    expect(halves[1]).toContain(canary.slice(30))
    expect(await call('look', 'result: spaced')).toContain([...canary].slice(0, 9).join(' '))
    expect(await call('look', 'result: compressed')).toContain('H4sI')
  })
})

test('A toolbox is started with what every program needs and what the manifest names: nothing else of the environment of the gateway.', async () => {
  process.env['CANARY_OF_THE_GATEWAY'] = canary
  const gateway = await open()
  const answer = await (await gateway.session())('look', 'result: environment')
  delete process.env['CANARY_OF_THE_GATEWAY']
  const [text] = (JSON.parse(answer) as { content: [{ text: string }] }).content
  const found = Object.keys(JSON.parse(text.text.slice('it is '.length, -1)) as object)
  const usual = new Set(['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'])
  expect(found.filter((name) => !usual.has(name)).toSorted()).toEqual(['CANARY', 'TOOL_LOG'])
})

test('A secret that is replaced while the gateway runs is that of the next call; a server that was started with the old one is started again, and neither is told.', async () => {
  const file = { CANARY: { file: 'canary' }, TOOL_LOG: '/dev/null' }
  const gateway = await open({ mcp: { ...mcp, env: file }, files: { canary } })
  const call = await gateway.session()
  const next = `second-${crypto.randomUUID()}`
  expect(await call('look', 'result: plain')).toContain('[secret]')
  writeFileSync(`${gateway.folder}/canary`, next)
  expect(await call('look', 'result: first half')).toContain(next.slice(0, 20))
  expect(gateway.lines.join('\n')).toContain('a secret that it was started with was replaced')
  expect(await call('look', 'result: plain')).toContain('[secret]')
  expect(finds(gateway.told.join('\n'), canary)).toEqual([])
  expect(await gateway.remains()).not.toContain(next)
})

test('What was lent to a server that is started is in the receipts by name.', async () => {
  const gateway = await open()
  await (
    await gateway.session()
  )('look', 'result: hex')
  expect((await gateway.outcomes(1))[0]).toMatchObject({ v: 2, credentials: [{ name: 'crm.env.CANARY', scopes: null, person: null }] })
})

test('An agent that has a tool read what it finds under /proc finds no secret: not of the toolbox, of another, nor of the gateway.', async () => {
  const reader = fileURLToPath(new URL('servers/reader-server.ts', import.meta.url))
  process.env['CANARY_OF_THE_GATEWAY'] = canary
  const gateway = await open({ mcp: { ...mcp, args: [reader] }, sink: 'path' })
  const call = await gateway.session()
  const { content } = JSON.parse(await call('look', '/')) as { content: [{ text: string }] }
  const own = [
    `/proc/self/environ`,
    `/proc/thread-self/environ`,
    `/proc/${process.pid}/environ`,
    `/proc/${process.pid}/task/${process.pid}/environ`,
    `/proc/${content[0].text}/../self/environ`,
    `/proc/${process.pid}/root/proc/self/environ`,
  ]
  for (const path of own) expect(await call('look', path), path).toContain('T1.own-files')
  expect(await call('look', `/proc/${content[0].text}/environ`)).toContain('CANARY=[secret]')
  delete process.env['CANARY_OF_THE_GATEWAY']
  expect(finds(gateway.told.join('\n') + (await gateway.remains()), canary)).toEqual([])
})

describe('a toolbox over HTTP', () => {
  let authorisation: Awaited<ReturnType<typeof authorisationServer>>
  let box: Awaited<ReturnType<typeof crm>>
  beforeEach(async () => {
    authorisation = await authorisationServer()
    box = await crm(authorisation.url)
  })

  test('that says its token, its own or that of an earlier call, is heard by nobody; nor is the secret of the client anywhere.', async () => {
    const gateway = await open({
      mcp: { url: box.url, headers: { 'X-Key': { env: 'CANARY_HEADER' } } },
      credential: {
        oauth: { issuer: authorisation.url, clientId: 'bailiwick', clientSecret: { env: 'CRM_SECRET' } },
        scopes: { read: ['crm.read'], write: ['crm.write'], destructive: ['crm.admin'] },
      },
      environment: { CRM_SECRET: authorisation.clientSecret, CANARY_HEADER: 'h34d3r-canary-0123456789abcdef' },
    })
    const [one, other] = [await gateway.session(), await gateway.session()]
    box.say = (_, token) =>
      `${token} ${Buffer.from(`Authorization: Bearer ${token}`).toString('base64')} ${[...box.authorizations].join(' ')}`
    await one('look')
    await one('change')
    box.say = () => `once more ${box.calls.map(({ token }) => token).join(' and ')}`
    await other('drop')
    await gateway.outcomes(3)
    const tokens = [...new Set(box.calls.map(({ token }) => token))]
    expect(tokens).toHaveLength(3)
    const all = gateway.told.join('\n') + (await gateway.remains())
    for (const secret of [...tokens, authorisation.clientSecret, 'h34d3r-canary-0123456789abcdef'])
      expect(finds(all, secret.slice(secret.lastIndexOf('.') + 1))).toEqual([])
  })

  test('never sees a token of the agent, nor of the gateway itself.', async () => {
    const gateway = await open({
      mcp: { url: box.url },
      credential: {
        oauth: { issuer: authorisation.url, clientId: 'bailiwick', clientSecret: { env: 'CRM_SECRET' } },
        scopes: { read: ['crm.read'], write: ['crm.write'], destructive: ['crm.admin'] },
      },
      environment: { CRM_SECRET: authorisation.clientSecret },
    })
    expect(await (await gateway.session())('look')).toContain('hello')
    const issuers = [...box.authorizations].map(
      (one) => JSON.parse(Buffer.from(one.split('.')[1] ?? '', 'base64url').toString()) as { iss: string },
    )
    expect(new Set(issuers.map(({ iss }) => iss))).toEqual(new Set([authorisation.url]))
  })
})
