import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ed25519Signer, ed25519Verifier, formatNoteKey, noteKey, parseNoteKey, TlogError } from '../src/index.ts'
import { fromHex } from './log.ts'
import { C2SP_EXAMPLE, GO_EXAMPLE, GO_SECOND } from './keys.ts'

const badKey = expect.objectContaining({ name: 'TlogError', code: 'bad_key' })

test.each([GO_EXAMPLE.vkey, GO_SECOND.vkey, C2SP_EXAMPLE.vkey])('The published key `%s` is read and written.', (vkey) => {
  const key = parseNoteKey(vkey)
  expect(key).toMatchObject({ name: vkey.split('+')[0], id: vkey.split('+')[1], type: 1 })
  expect(key.publicKey).toHaveLength(32)
  expect(formatNoteKey(key)).toBe(vkey)
})

test('Keys of any name, type and length are written and read back the same.', () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/[\p{White_Space}+\p{Cc}]/u.test(text))
  fc.assert(
    fc.property(name, fc.nat(255), fc.uint8Array({ minLength: 1, maxLength: 80 }), (text, type, publicKey) => {
      const key = noteKey(text, type, publicKey)
      expect(parseNoteKey(formatNoteKey(key))).toEqual(key)
    }),
  )
})

test('A key does not change when the array it was made from does.', () => {
  const bytes = new Uint8Array(32)
  const key = noteKey('log', 1, bytes)
  bytes[0] = 1
  expect(parseNoteKey(formatNoteKey(key))).toEqual(noteKey('log', 1, new Uint8Array(32)))
})

test('Malformed verifier keys are refused.', () => {
  const { vkey } = GO_EXAMPLE
  const malformed = [
    '',
    'PeterNeumann',
    vkey.replace('PeterNeumann', ''),
    vkey.replace('PeterNeumann', 'Peter Neumann'),
    vkey.replace('PeterNeumann', 'Peter\u00a0Neumann'),
    vkey.replace('PeterNeumann', 'Peter\u0001Neumann'),
    vkey.replace('PeterNeumann', 'Peter\ud800Neumann'),
    vkey.replace('PeterNeumann', 'Peter+Neumann'),
    vkey.replace('c74f20a3', 'C74F20A3'),
    vkey.replace('c74f20a3', 'c74f20a'),
    vkey.replace('c74f20a3', 'c74f20a4'),
    vkey.replace('PeterNeumann', 'PeterNeuman'),
    vkey.slice(0, -1),
    `${vkey}=`,
    `${vkey}\n`,
    vkey.replace('/', '_'),
    'PeterNeumann+c74f20a3+',
    'PeterNeumann+c74f20a3+AQ==',
  ]
  for (const bad of malformed) expect(() => parseNoteKey(bad), bad).toThrow(badKey)
})

test('A stated key ID that is not that of the key is named with the right one.', () => {
  expect(() => parseNoteKey(GO_EXAMPLE.vkey.replace('c74f20a3', '00000000'))).toThrow('states ID `00000000`, but its ID is `c74f20a3`')
})

test.each([-1, 256, 1.5, Number.NaN])('The signature type %d is refused.', (type) => {
  expect(() => noteKey('log', type, new Uint8Array(32))).toThrow(badKey)
})

test('An empty public key is refused.', () => {
  expect(() => noteKey('log', 1, new Uint8Array())).toThrow(badKey)
})

test('A seed gives the published public key, and seeds of another length are refused.', async () => {
  const seed = new Uint8Array(Buffer.from(GO_EXAMPLE.seed, 'base64'))
  const signer = await ed25519Signer(GO_EXAMPLE.name, seed)
  expect(formatNoteKey(signer.key)).toBe(GO_EXAMPLE.vkey)
  await expect(ed25519Signer('log', seed.subarray(1))).rejects.toThrow(badKey)
  await expect(ed25519Signer('a log', seed)).rejects.toThrow(TlogError)
})

test('The key of RFC 8032 section 7.1 test 1 is derived from its seed.', async () => {
  const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
  const { key } = await ed25519Signer('log', seed)
  expect(key.publicKey).toEqual(fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'))
})

test('A verifier is made only of an Ed25519 key.', async () => {
  const cosigner = formatNoteKey(noteKey('witness', 4, new Uint8Array(32)))
  const tooShort = formatNoteKey(noteKey('log', 1, new Uint8Array(31)))
  await expect(ed25519Verifier(cosigner)).rejects.toThrow(badKey)
  await expect(ed25519Verifier(tooShort)).rejects.toThrow(badKey)
})
