import { createPublicKey, verify } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ed25519Verifier, openCheckpoint, parseNote, parseNoteKey } from '@bailiwick/tlog'
import { jwtVerify } from 'jose'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { FileTokenKeys } from '../../src/authority/token-keys.ts'
import { openInstallation } from '../../src/cli/installation.ts'
import type { Installation } from '../../src/cli/installation.ts'
import { commit } from '../../src/ledger/commitment.ts'
import { checkProof, proveEntry } from '../../src/ledger/prove-entry.ts'
import { decision } from '../ledger/scratch-ledger.ts'
import { pin, SoftDevice } from '../storage/pkcs11/soft-device.ts'
import { folderWith, runCli } from './run-cli.ts'
import type { CliResult } from './run-cli.ts'
import { installationFiles } from './written-manifest.ts'

const device = new SoftDevice('one')
afterAll(() => device.remove())

let cwd = ''
let said: string[] = []
const keyFile = (name: string): string => join(cwd, '.bailiwick/keys', name)
const open = (): Promise<Installation> =>
  openInstallation({ manifest: join(cwd, 'bailiwick.yaml'), state: null }, (line) => said.push(line))

beforeEach(() => {
  cwd = folderWith(installationFiles)
  said = []
})

async function cli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult & { data: Record<string, unknown> }> {
  const result = await runCli([...args, '--json'], { cwd, env: { ...device.environment, ...env } })
  said.push(result.stdout, result.stderr)
  return { ...result, data: result.stdout === '' ? {} : (JSON.parse(result.stdout) as Record<string, unknown>) }
}

async function done(...args: readonly string[]): Promise<Record<string, unknown>> {
  const result = await cli(args)
  expect(result.stderr + result.stdout, args.join(' ')).not.toContain('KEY_DEVICE')
  expect(result.code, result.stderr).toBe(0)
  return result.data
}

/** A decision that lets a call through. */
function letThrough({ runtime }: Installation, call: string): Promise<number> {
  const args = commit({ call })
  return runtime.ledger.append(decision(call, args), [args.payload])
}

/** All that was written or said, for whoever looks for what must not be there. */
function everything(): Buffer {
  const files = readdirSync(join(cwd, '.bailiwick'), { recursive: true, encoding: 'utf8' }).map((name) => join(cwd, '.bailiwick', name))
  return Buffer.concat([...files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file)), Buffer.from(said.join('\n'))])
}

/** The newest signed head, read by another process. */
async function newestHead(): Promise<string> {
  const installation = await open()
  const head = await installation.ledgerStore.head()
  await installation.close()
  return head?.note ?? ''
}

test('An installation begins with keys in a device: heads and tokens by them are genuine to those who know the public halves alone.', async () => {
  const [ledger, gateway] = [await done('keys', 'make', device.uri('ledger')), await done('keys', 'make', device.uri('gateway'))]
  expect(ledger).toMatchObject({ madeThere: true, key: 'pkcs11:token=one;object=ledger' })
  await done('keys', 'use', 'ledger', device.uri('ledger'))
  await done('keys', 'use', 'gateway', device.uri('gateway'))
  expect(statSync(keyFile('ledger.key')).mode & 0o077).toBe(0)

  const installation = await open()
  await letThrough(installation, 'call_1')
  const session = await installation.sessions.open(installation.runtime.rules.current, {
    agent: 'clerk',
    goal: 'letters',
    params: {},
    person: null,
    request: null,
  })
  const token = await installation.token(session, 60_000)
  const keys = new FileTokenKeys(keyFile('gateway.key'), keyFile('gateway.past.json'), Date.now, installation.devices)
  const [published] = await keys.published()
  await installation.close()
  expect(published).toMatchObject({ x: gateway['x'], kid: gateway['thumbprint'] })
  expect(
    (await jwtVerify(token, createPublicKey({ key: { ...published }, format: 'jwk' }), { issuer: 'spiffe://corp.example/bailiwick' }))
      .protectedHeader,
  ).toMatchObject({
    alg: 'EdDSA',
    kid: gateway['thumbprint'],
  })

  const { key, ok } = await done('log', 'verify')
  expect(ok).toBe(true)
  expect(Buffer.from(parseNoteKey(String(key)).publicKey).toString('base64url')).toBe(ledger['x'])
  const note = await newestHead()
  expect((await openCheckpoint(note, [await ed25519Verifier(String(key))], 'corp.example/ledger')).verified).toHaveLength(1)
  const { text, signatures } = parseNote(note)
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: String(ledger['x']) }, format: 'jwk' })
  expect(verify(null, Buffer.from(text), publicKey, signatures[0]?.signature ?? new Uint8Array())).toBe(true)

  const listed = (await done('keys')) as unknown as { name: string; kept: string; x: string }[]
  expect(listed.map(({ name, kept }) => [name, kept])).toEqual([
    ['agents/clerk', 'file'],
    ['approver', 'file'],
    ['gateway', 'pkcs11:token=one;object=gateway'],
    ['ledger', 'pkcs11:token=one;object=ledger'],
  ])
  const doctor = await runCli(['doctor', '--offline'], { cwd, env: device.environment })
  expect(doctor.stdout).toMatch(/✓ ledger key {2}\S+, in the device pkcs11:token=one;object=ledger/)
  expect((await cli(['keys', 'use', 'ledger', device.uri('gateway')])).code).toBe(2)
  expect(everything().includes(pin)).toBe(false)
})

test('The keys move from files to a device and back by rotation, while a gateway runs; what was proved before stays proved.', async () => {
  const gateway = await open()
  await letThrough(gateway, 'call_1')
  await gateway.runtime.ledger.signHead()
  const early = await proveEntry(gateway.ledgerStore, await gateway.runtime.ledger.keys(), 1)
  const before = gateway.ledgerKey
  await done('keys', 'make', device.uri('moved'))
  await done('keys', 'make', device.uri('moved-tokens'))
  const prepared = await done('log', 'rotate-key', '--prepare', '--to', device.uri('moved'))
  expect((await cli(['log', 'rotate-key', '--to', device.uri('other'), '--reason', 'x'])).stderr + said.join('')).toContain(
    'prepared already',
  )
  expect(await done('log', 'rotate-key', '--reason', 'into the device')).toMatchObject({ before, after: prepared['after'] })
  await done('keys', 'rotate', '--to', device.uri('moved-tokens'))

  await letThrough(gateway, 'call_2')
  await gateway.runtime.ledger.signHead()
  expect((await gateway.runtime.ledger.keys()).current).toBe(prepared['after'])
  await gateway.close()
  expect(await done('log', 'verify')).toMatchObject({ ok: true, key: prepared['after'] })
  expect(await checkProof(early, before)).toMatchObject({ ok: true })
  for (const name of ['ledger.key', 'gateway.key']) expect(readFileSync(keyFile(name), 'utf8')).toContain('bailiwick-key-reference')

  // Out of the device only by saying so.
  for (const args of [
    ['log', 'rotate-key', '--reason', 'x'],
    ['keys', 'rotate'],
  ])
    expect(await cli(args)).toMatchObject({ code: 2 })
  expect(said.join('')).toContain('it is not said where the next one is')
  expect((await cli(['keys', 'rotate', '--to', device.uri('moved-tokens')])).code).toBe(2)
  await done('log', 'rotate-key', '--to', 'file', '--reason', 'back')
  await done('keys', 'rotate', '--to', 'file')
  expect(await done('log', 'verify')).toMatchObject({ ok: true })
  expect(readFileSync(keyFile('ledger.key'), 'utf8')).not.toContain('pkcs11')
})

test('Neither PIN nor private key is in anything that is written or said, faults included.', async () => {
  const seed = device.bringIn('brought')
  expect(await done('keys', 'show', device.uri('brought'))).toMatchObject({ madeThere: false })
  await done('keys', 'use', 'ledger', device.uri('brought'))
  const installation = await open()
  await letThrough(installation, 'call_1')
  await installation.close()
  device.setPin('wrong-horse-4711')
  try {
    const refused = await cli(['keys', 'rotate', '--to', device.uri('brought')])
    expect([refused.code, refused.stdout]).toEqual([2, expect.stringContaining('refuses the PIN')])
    // What is only looked at needs no device.
    expect((await cli(['log', 'verify'])).data).toMatchObject({ ok: true })
  } finally {
    device.setPin(pin)
  }
  await cli(['keys', 'show', `pkcs11:token=one;object=brought?pin-value=${pin}`])
  await cli(['keys', 'show', 'pkcs11:token=one;object=brought'], { BAILIWICK_PKCS11_PIN: pin })
  expect((await cli(['doctor', '--offline'])).stdout).toContain('brought into from elsewhere')
  const all = everything()
  expect(all.length).toBeGreaterThan(10_000)
  for (const secret of [
    Buffer.from(seed),
    ...(['hex', 'base64', 'base64url'] as const).map((form) => Buffer.from(seed).toString(form)),
    pin,
    'wrong-horse',
  ])
    expect(all.includes(secret)).toBe(false)
})

test('When the device is pulled out of a gateway that serves, nothing is let through until it is back.', async () => {
  await done('keys', 'make', device.uri('serving'))
  await done('keys', 'use', 'ledger', device.uri('serving'))
  const gateway = await open()
  await letThrough(gateway, 'call_1')
  await gateway.runtime.ledger.signHead()
  device.pullOut()
  try {
    await letThrough(gateway, 'call_2')
    await vi.waitFor(async () => expect(said.join('\n')).toContain('could not be signed'), { timeout: 5000 })
    await expect(letThrough(gateway, 'call_3')).rejects.toMatchObject({ code: 'LEDGER_UNSIGNED' })
    expect((await cli(['sessions'])).code).toBe(0)
    await expect(open()).rejects.toMatchObject({ code: 'KEY_DEVICE' })
  } finally {
    device.putBack()
  }
  await vi.waitFor(() => letThrough(gateway, 'call_4'), { timeout: 5000, interval: 100 })
  await gateway.close()
  expect(await done('log', 'verify')).toMatchObject({ ok: true, open: expect.any(Number) as number })
})

test('Two gateways and a command line use one device at the same time.', async () => {
  await done('keys', 'make', device.uri('shared'))
  await done('keys', 'use', 'ledger', device.uri('shared'))
  const first = await open()
  const outcomes = await Promise.all([
    cli(['keys', 'rotate']),
    cli(['keys', 'show', device.uri('shared')]),
    cli(['keys', 'rotate']),
    (async () => {
      for (let count = 0; count < 50; count += 1) {
        await letThrough(first, `call_${count}`)
        await first.runtime.ledger.signHead()
      }
      return { code: 0 }
    })(),
  ])
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0])
  await first.close()
  expect(await done('log', 'verify')).toMatchObject({ ok: true })
})

test('The package that reaches for devices is needed by those alone who have keys there, and its absence is said.', async () => {
  const hook = join(cwd, 'without-koffi.mjs')
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module'
registerHooks({ resolve: (name, context, next) => { if (name === 'koffi') throw new Error('there is no koffi'); return next(name, context) } })`,
  )
  const without = { NODE_OPTIONS: `--import=${pathToFileURL(hook).href}` }
  for (const args of [['keys', 'rotate'], ['log', 'rotate-key', '--reason', 'x'], ['log', 'verify'], ['keys']])
    expect([args, (await cli(args, without)).code]).toEqual([args, 0])
  const { code, stdout } = await cli(['keys', 'make', device.uri('never')], without)
  expect([code, stdout]).toEqual([2, expect.stringContaining('npm install koffi')])
})

test('A reference that was altered, or stands where a key itself is needed, is refused; sealing leaves references as they are.', async () => {
  await done('keys', 'make', device.uri('referred'))
  await done('keys', 'make', device.uri('stranger'))
  await done('keys', 'use', 'ledger', device.uri('referred'))
  await (await open()).close()
  const whole = readFileSync(keyFile('ledger.key'), 'utf8')
  copyFileSync(keyFile('ledger.key'), keyFile('approver.key'))
  await expect(open()).rejects.toMatchObject({ code: 'KEY_FILE', message: expect.stringContaining('refers to a device') as string })
  rmSync(keyFile('approver.key'))

  writeFileSync(keyFile('ledger.key'), whole.replace('object=referred', 'object=stranger'))
  await expect(open()).rejects.toMatchObject({ code: 'KEY_DEVICE', message: expect.stringContaining('does not sign as') as string })
  writeFileSync(keyFile('ledger.key'), whole.replace('"version": 1', '"version": 2'))
  await expect(open()).rejects.toMatchObject({ code: 'KEY_FILE' })
  writeFileSync(keyFile('ledger.key'), whole)

  const sealing = { BAILIWICK_KEY_PASSPHRASE: 'correct horse battery' }
  expect((await cli(['keys', 'seal'], sealing)).code).toBe(0)
  expect(readFileSync(keyFile('ledger.key'), 'utf8')).toBe(whole)
  expect((await cli(['keys', 'seal', '--open'], sealing)).code).toBe(0)
  expect(existsSync(keyFile('ledger.next.key'))).toBe(false)
  await (await open()).close()
})
