import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openRecords } from '../../src/cli/installation.ts'
import { commitmentsOf } from '../../src/ledger/commitments-of.ts'
import { AttackInstallation, eventually } from './installation.ts'
import { act, honest } from './servers/hostile-tools.ts'
import { decisionOf, StdioGateway, textOf } from './stdio-gateway-process.ts'
import { keptPayload } from '../ledger/kept-payload.ts'

let installation: AttackInstallation
let gateway: StdioGateway

beforeAll(async () => {
  installation = new AttackInstallation({ reads: true, goal: { allow: ['logging', 'completion', 'subscriptions'] } })
  gateway = await StdioGateway.start(installation)
})
afterAll(async () => {
  await gateway?.kill()
  installation?.remove()
})

describe('a toolbox that speaks in the name of the gateway', () => {
  it('has its forged decision taken out of the result, wherever it stands, and the real one put in', async () => {
    const answer = await gateway.call('act', { kind: 'forged' })
    expect(decisionOf(answer)).toMatchObject({ response: 'allow' })
    expect(answer.result?._meta).toMatchObject({ 'toolbox/own': 'stays' })
    expect(JSON.stringify(answer)).not.toContain('call_forged')
    expect(JSON.stringify(answer)).not.toMatch(/BAILIWICK\/|"response":"deny"|serverInfo/)
    expect(installation.entriesOf('decision').at(-1)).toMatchObject({ call: decisionOf(answer)?.call, response: 'allow' })
  })

  it('has its forged decision taken out of an error too', async () => {
    const answer = await gateway.call('act', { kind: 'forged-error' })
    expect(answer.error).toBeDefined()
    expect(JSON.stringify(answer)).not.toContain('bailiwick/')
  })

  it('has its forged decision taken out of the error of a read', async () => {
    const answer = await gateway.request('resources/read', { uri: 'mem:forged' })
    expect(answer.error).toBeDefined()
    expect(JSON.stringify(answer)).not.toContain('bailiwick/')
  })

  it('is a fault, recorded as an error, when its result is malformed', async () => {
    const answer = await gateway.call('act', { kind: 'bad-result' })
    expect(answer.error !== undefined || answer.result?.isError).toBe(true)
    await eventually(() => installation.entriesOf('outcome').at(-1)?.status === 'error', 'the record')
  })
})

describe('a toolbox that gives away its own secret', () => {
  afterEach(() => {
    expect(installation.secret).toMatch(/^s3cr3t-/)
    const { secret } = installation
    expect({
      messages: JSON.stringify(gateway.unasked).includes(secret),
      stderr: gateway.stderr.includes(secret),
      ledger: JSON.stringify(installation.entries()).includes(secret),
    }).toEqual({ messages: false, stderr: false, ledger: false })
  })

  it.each([
    { kind: 'leak-result', shown: 'it is [secret][secret].' },
    { kind: 'leak-error-result', shown: '[secret]' },
    { kind: 'leak-junk', shown: 'junk' },
  ])('shows it in no result ($kind)', async ({ kind, shown }) => {
    const answer = await gateway.call('act', { kind })
    expect(textOf(answer)).toContain(shown)
    expect(JSON.stringify(answer)).not.toContain(installation.secret)
  })

  it('shows it in no error', async () => {
    const answer = await gateway.call('act', { kind: 'leak-error' })
    expect(answer.error).toEqual({ code: -32_000, message: 'failed with [secret]', data: { secret: '[secret]', '[secret]': 1 } })
  })

  it('shows it in no log message', async () => {
    const before = gateway.unasked.length
    await gateway.call('act', { kind: 'leak-log' })
    const logged = await eventually(() => gateway.unasked.slice(before).find(({ method }) => method === 'notifications/message'), 'the log')
    expect(logged.params).toMatchObject({ data: { said: '[secret]' }, logger: '[secret]' })
  })

  it('shows it in no progress message', async () => {
    const before = gateway.unasked.length
    const params = { name: 'act', arguments: { kind: 'leak-progress' }, _meta: { progressToken: 'p' } }
    await gateway.request('tools/call', params)
    const told = await eventually(() => gateway.unasked.slice(before).find(({ method }) => method === 'notifications/progress'), 'progress')
    expect(told.params).toMatchObject({ message: 'half of [secret]' })
  })

  it('shows it in no line on standard error, also when it comes in pieces or where a line is cut', async () => {
    await gateway.call('act', { kind: 'leak-stderr' })
    await eventually(() => gateway.stderr.includes('x'.repeat(1900)), 'the line')
    expect(gateway.stderr.includes('first [secret] end')).toBe(true)
    expect(gateway.stderr.includes(installation.secret.slice(0, 8))).toBe(false)
  })

  it('shows it in no resource, no list of resources, no prompt and no completion, nor in the error of one', async () => {
    const answers = [
      await gateway.request('resources/read', { uri: 'mem:x' }),
      await gateway.request('resources/read', { uri: 'mem:error' }),
      await gateway.request('resources/list'),
      await gateway.request('prompts/list'),
      await gateway.request('prompts/get', { name: 'ask' }),
      await gateway.request('completion/complete', { ref: { type: 'ref/prompt', name: 'ask' }, argument: { name: 'a', value: 'b' } }),
      await gateway.request('resources/subscribe', { uri: 'mem:x' }),
      await gateway.request('prompts/get', { name: 'box__ask' }),
    ]
    expect(answers[0]?.result).toMatchObject({ contents: [{ text: 'holds [secret]' }] })
    expect(JSON.stringify(answers)).not.toContain(installation.secret)
    expect(installation.reached('completion/complete').length).toBeGreaterThan(0)
  })

  it('shows it in no record of a request that was refused', async () => {
    await gateway.call('act', { kind: 'leak-method' })
    await eventually(() => installation.entriesOf('event').find((entry) => entry.subject.includes('steal/')), 'the record')
  })

  it('shows it in no list of tools, and in no record of why a tool is withheld', async () => {
    writeFileSync(installation.toolsFile, JSON.stringify({ tools: [{ ...honest, description: 'for $SECRET' }, act] }))
    const listed = await gateway.request('tools/list')
    expect((listed.result?.['tools'] as { name: string }[] | undefined)?.map(({ name }) => name)).toEqual(['act'])
    expect(JSON.stringify(listed)).not.toContain(installation.secret)
    const answer = await gateway.call('honest', { text: 'x' })
    expect(decisionOf(answer)).toMatchObject({ response: 'deny', rule: 'T1.pin' })
    expect(JSON.stringify(answer)).not.toContain(installation.secret)
  })

  it('shows it to nobody when the list of tools itself is an error', async () => {
    writeFileSync(installation.toolsFile, JSON.stringify({ tools: 'not a list, but $SECRET' }))
    expect(JSON.stringify(await gateway.request('tools/list'))).not.toContain(installation.secret)
    expect(JSON.stringify(await gateway.call('honest', { text: 'x' }))).not.toContain(installation.secret)
    writeFileSync(installation.toolsFile, JSON.stringify({ error: 'no list: $SECRET' }))
    expect(JSON.stringify(await gateway.request('tools/list'))).not.toContain(installation.secret)
    expect(JSON.stringify(await gateway.call('honest', { text: 'x' }))).not.toContain(installation.secret)
  })

  it('leaves it nowhere in the files of the ledger, nor in what is sealed there', async () => {
    const files = [installation.database, `${installation.database}-wal`, `${installation.database}-shm`].filter((file) => existsSync(file))
    expect(files.length).toBeGreaterThan(1)
    const records = await openRecords({ manifest: join(installation.folder, 'bailiwick.yaml'), state: null }, () => {})
    const hashes = installation.entries().flatMap((entry) => commitmentsOf(entry).map(([, { hash }]) => hash))
    const sealed = await Promise.all(hashes.map(async (hash) => (await keptPayload(records.ledgerStore, hash))?.body ?? ''))
    await records.close()
    for (const bytes of [...files.map((file) => readFileSync(file)), Buffer.from(sealed.join('\n'))]) {
      expect(bytes.includes(installation.secret)).toBe(false)
      expect(bytes.includes(Buffer.from(installation.secret).toString('base64url').slice(0, 40))).toBe(false)
    }
    // The search itself works: what was scrubbed is there.
    expect(sealed.join('\n')).toContain('it is [secret][secret].')
  })
})

describe('a toolbox whose texts no ledger could hold', () => {
  it('has an error that is cut inside a character recorded all the same', async () => {
    writeFileSync(installation.toolsFile, JSON.stringify({ tools: [honest, act] }))
    await gateway.request('tools/list')
    const answer = await gateway.call('act', { kind: 'split-emoji' })
    expect(answer.error).toMatchObject({ code: -32_000 })
    await eventually(() => installation.entriesOf('outcome').at(-1)?.error?.startsWith('xxx'), 'the record')
  })

  it('has half of a surrogate pair in a result replaced', async () => {
    expect(textOf(await gateway.call('act', { kind: 'lone-surrogate' }))).toBe('\ufffd')
  })

  it('leaves no call open, in a ledger that verifies', async () => {
    await gateway.call('honest', { text: 'last' })
    await eventually(() => {
      const allowed = installation.entriesOf('decision').filter((entry) => entry.response === 'allow')
      return allowed.length === installation.entriesOf('outcome').length
    }, 'an outcome of each call')
    expect(await installation.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
  })
})
