import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256 } from '../src/index.ts'
import { toHex } from './log.ts'
import { nativeSha256 } from './naive-tree.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
  [
    'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
  ],
])('The NIST example message `%s` has its published digest.', (message, digest) => {
  expect(toHex(sha256(utf8(message)))).toBe(digest)
})

test('A million times the letter a has its published digest.', () => {
  expect(toHex(sha256(utf8('a'.repeat(1_000_000))))).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0')
})

test('Every length around the block limits gives the digest of node:crypto.', () => {
  for (let length = 0; length <= 260; length++) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 7 + length) % 256)
    expect(toHex(sha256(data))).toBe(toHex(nativeSha256(data)))
  }
})

test('Any bytes give the digest of node:crypto, also as a window into a larger buffer.', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000, size: 'max' }), fc.nat(200), (data, skip) => {
      expect(toHex(sha256(data))).toBe(toHex(nativeSha256(data)))
      expect(toHex(sha256(data.subarray(skip)))).toBe(toHex(nativeSha256(data.subarray(skip))))
    }),
  )
})

test('The length in bits is right where it passes 32 bits.', () => {
  const data = new Uint8Array(2 ** 29 + 1)
  expect(toHex(sha256(data))).toBe(toHex(nativeSha256(data)))
})
