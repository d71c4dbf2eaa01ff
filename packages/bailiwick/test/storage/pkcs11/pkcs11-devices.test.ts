import { verify } from 'node:crypto'
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import type { BailiwickError } from '../../../src/model/bailiwick-error.ts'
import { attribute, objectClass } from '../../../src/storage/pkcs11/cryptoki.ts'
import { Pkcs11Devices } from '../../../src/storage/pkcs11/pkcs11-devices.ts'
import { Pkcs11Module } from '../../../src/storage/pkcs11/pkcs11-module.ts'
import type { Template } from '../../../src/storage/pkcs11/pkcs11-module.ts'
import { pin, SoftDevice } from './soft-device.ts'

const device = new SoftDevice('one', 'two', 'two')
afterAll(() => device.remove())

function devices(environment: Readonly<Record<string, string>> = {}): Pkcs11Devices {
  const opened = new Pkcs11Devices(environment)
  onTestFinished(() => opened.close())
  return opened
}

const message = Buffer.from('a text')

/** What is said of a key that cannot be used. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown as BailiwickError,
  )
  expect(error).toMatchObject({ code: 'KEY_DEVICE' })
  const said = `${error?.message} ${error?.mend} ${JSON.stringify(error)} ${error?.stack}`
  expect(said).not.toContain(pin)
  return error?.message ?? ''
}

/** Makes a key pair with other attributes than ours. */
async function makeOther(name: string, type: bigint, curve: string, ...also: Template): Promise<void> {
  const module = await Pkcs11Module.load(device.library)
  for (const slot of await module.slots()) {
    if ((await module.device(slot)).token !== 'one') continue
    const session = await module.openSession(slot, true)
    await module.logIn(session, Buffer.from(pin))
    const label = [attribute.label, Buffer.from(name)] as const
    await module.makePair(
      session,
      type,
      [[attribute.class, objectClass.publicKey], [attribute.token, true], [attribute.ecParameters, Buffer.from(curve, 'hex')], label],
      [[attribute.class, objectClass.privateKey], [attribute.token, true], [attribute.sign, true], label, ...also],
    )
    await module.closeSession(session)
  }
  await module.close()
}

test('A key that is made in a device signs there, and is the same for whoever opens it later.', async () => {
  const made = await devices().make(device.uri('first'))
  expect(made).toMatchObject({ madeThere: true, shown: 'pkcs11:token=one;object=first' })
  const again = await devices({ BAILIWICK_PKCS11_PIN: pin, BAILIWICK_PKCS11_MODULE: device.library }).open(
    'pkcs11:token=one;object=first',
    made.x,
  )
  for (const key of [made, again])
    for (const text of [message, new Uint8Array(), Buffer.alloc(70_000, 7)])
      expect(verify(null, text, made.publicKey, await key.sign(text))).toBe(true)
  expect(JSON.stringify(made)).not.toContain(pin)
})

test('Many signatures that are asked for at once are all made.', async () => {
  const one = devices()
  const keys = [await one.make(device.uri('busy')), await devices().open(device.uri('busy'), null), await one.make(device.uri('busier'))]
  const made = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const [key, text] = [keys[index % 3], Buffer.from(`text ${index}`)]
      return key !== undefined && verify(null, text, key.publicKey, await key.sign(text))
    }),
  )
  expect(made.every(Boolean)).toBe(true)
})

test('A key is made under a name that none has, and nothing else is written over.', async () => {
  const { x } = await devices().make(device.uri('only'))
  expect(await refusal(devices().make(device.uri('only')))).toMatch(/there is one of that name/)
  expect((await devices().open(device.uri('only'), null)).x).toBe(x)
})

test('A key that can be taken out, one that is not declared not to be, and one of another kind is not signed with.', async () => {
  const ed25519 = '06032b6570'
  await makeOther('loose', 0x1055n, ed25519, [attribute.sensitive, true], [attribute.extractable, true])
  expect(await refusal(devices().open(device.uri('loose'), null))).toMatch(/private half can be taken out/)
  await makeOther('open', 0x1055n, ed25519, [attribute.sensitive, false], [attribute.extractable, false])
  expect(await refusal(devices().open(device.uri('open'), null))).toMatch(/private half can be taken out/)
  await makeOther('p256', 0x1040n, '06082a8648ce3d030107', [attribute.sensitive, true], [attribute.extractable, false])
  expect(await refusal(devices().open(device.uri('p256'), null))).toMatch(/no Ed25519 key/)
  await makeOther('idle', 0x1055n, ed25519, [attribute.sensitive, true], [attribute.extractable, false], [attribute.sign, false])
  await refusal(devices().open(device.uri('idle'), null))
})

test('Another key that was put in the place of the one that is known signs nothing.', async () => {
  const { x } = await devices().make(device.uri('known'))
  await devices().make(device.uri('other'))
  expect(await refusal(devices().open(device.uri('other'), x))).toMatch(/does not sign as/)
})

test('A key, a device or a library that is not there, or not one alone, is said to be so.', async () => {
  expect(await refusal(devices().open(device.uri('none'), null))).toMatch(/there is no such private key/)
  expect(await refusal(devices().open(device.uri('k', 'three'), null))).toMatch(/there is no device/)
  expect(await refusal(devices().open(device.uri('k', 'two'), null))).toMatch(/2 devices are/)
  for (let count = 0; count < 2; count += 1)
    await makeOther('twin', 0x1055n, '06032b6570', [attribute.sensitive, true], [attribute.extractable, false])
  expect(await refusal(devices().open(device.uri('twin'), null))).toMatch(/there are 2 of that name/)

  expect(await refusal(devices().open('pkcs11:token=one;object=k', null))).toMatch(/nothing says which library/)
  const library = join(device.folder, 'library.so')
  const other = `pkcs11:token=one;object=k?module-path=${library}&pin-source=${device.pinFile}`
  expect(await refusal(devices().open(other, null))).toMatch(/there is no such file/)
  writeFileSync(library, 'no library')
  expect(await refusal(devices().open(other, null))).toMatch(/cannot be used/)
  copyFileSync(device.library, library)
  chmodSync(library, 0o777)
  expect(await refusal(devices().open(other, null))).toMatch(/others can write to it/)
})

test('A PIN that others can read, or none, is not used; a wrong one is tried once, and the right one opens the device afterwards.', async () => {
  const before = new Pkcs11Devices({})
  const { x } = await before.make(device.uri('guarded'))
  // A process that has logged in is not asked for the PIN again.
  await before.close()
  onTestFinished(() => device.setPin(pin))
  device.setPin(pin, 0o640)
  chmodSync(device.pinFile, 0o640)
  expect(await refusal(devices().open(device.uri('guarded'), x))).toMatch(/can be read by others/)
  device.setPin('')
  expect(await refusal(devices().open(device.uri('guarded'), x))).toMatch(/holds no PIN/)
  expect(await refusal(devices().open(`pkcs11:token=one;object=guarded?module-path=${device.library}`, x))).toMatch(
    /nothing says what the PIN/,
  )

  device.setPin('wrong-horse-4711')
  const tried = devices()
  for (let count = 0; count < 2; count += 1) {
    const said = await refusal(tried.open(device.uri('guarded'), x))
    expect(said).toMatch(/refuses the PIN, which is not tried again/)
    expect(said).not.toContain('wrong-horse')
  }
  device.setPin(pin)
  // What has refused once is not asked again by the same process, right or wrong.
  await refusal(tried.open(device.uri('guarded'), x))
  expect((await devices().open(device.uri('guarded'), x)).x).toBe(x)
})

test('A device that is pulled out signs nothing, and signs again once it is back.', async () => {
  const key = await devices().make(device.uri('mobile'))
  expect(verify(null, message, key.publicKey, await key.sign(message))).toBe(true)
  device.pullOut()
  try {
    expect(await refusal(key.sign(message))).toMatch(/does not do what it is asked for/)
    await refusal(key.sign(message))
  } finally {
    device.putBack()
  }
  expect(verify(null, message, key.publicKey, await key.sign(message))).toBe(true)
})
