import { expect, test } from 'vitest'
import { parsePkcs11Uri } from '../../../src/storage/pkcs11/pkcs11-uri.ts'

test('A URI says which device, which key, which library and where the PIN is.', () => {
  expect(
    parsePkcs11Uri(
      'pkcs11:token=My%20HSM;serial=12;object=ledger;id=%0a%FF;type=private?module-path=/usr/lib/x.so&pin-source=file:/run/pin',
    ),
  ).toEqual({
    device: { token: 'My HSM', serial: '12' },
    object: 'ledger',
    id: Buffer.from([0x0a, 0xff]),
    modulePath: '/usr/lib/x.so',
    pinFile: '/run/pin',
    shown: 'pkcs11:token=My%20HSM;serial=12;object=ledger;id=%0a%FF;type=private',
  })
  expect(parsePkcs11Uri('pkcs11:serial=12;object=k%C3%A4y')).toMatchObject({ object: 'käy', id: null, modulePath: null, pinFile: null })
  for (const source of ['/run/pin', 'file:/run/pin', 'file:///run/pin'])
    expect(parsePkcs11Uri(`pkcs11:token=a;object=b?pin-source=${source}`).pinFile).toBe('/run/pin')
})

test.each([
  ['another scheme', 'file:/x'],
  ['no device', 'pkcs11:object=k'],
  ['no key', 'pkcs11:token=t'],
  ['an attribute that is not understood', 'pkcs11:token=t;object=k;slot-id=0'],
  ['an attribute of the query that is not understood', 'pkcs11:token=t;object=k?module-name=x'],
  ['an attribute twice', 'pkcs11:token=t;object=k;object=l'],
  ['an attribute without a value', 'pkcs11:token=t;object='],
  ['a public key', 'pkcs11:token=t;object=k;type=public'],
  ['half an escape', 'pkcs11:token=t;object=k%4'],
  ['a library that is looked for somewhere', 'pkcs11:token=t;object=k?module-path=x.so'],
  ['a PIN from a program', 'pkcs11:token=t;object=k?pin-source=|cat'],
  ['a fragment', 'pkcs11:token=t;object=k#x'],
])('It is refused with %s.', (_, uri) => {
  expect(() => parsePkcs11Uri(uri)).toThrow(expect.objectContaining({ code: 'KEY_DEVICE' }))
})

test('A PIN in a URI is refused, and not said again.', () => {
  for (const uri of [
    'pkcs11:token=t;object=k?pin-value=1234-secret',
    'pkcs11:token=t;object=k?pin-source=1234-secret',
    'pkcs11:token=t;object=k;pin-value=1234-secret',
  ]) {
    let said = ''
    try {
      parsePkcs11Uri(uri)
    } catch (error) {
      said = JSON.stringify([String(error), error])
    }
    expect(said).toContain('KEY_DEVICE')
    expect(said).not.toContain('secret')
  }
})
