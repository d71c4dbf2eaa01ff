import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ed25519Signer,
  ed25519Verifier,
  emptyRoot,
  formatCheckpoint,
  formatNoteKey,
  openCheckpoint,
  parseCheckpoint,
  sha256,
  signCheckpoint,
  signNote,
  type TlogErrorCode,
} from '../src/index.ts'
import { flipBit } from './log.ts'

const coded = (code: TlogErrorCode): unknown => expect.objectContaining({ name: 'TlogError', code })

const ORIGIN = 'example.com/log'
const root = emptyRoot(sha256)
const signer = await ed25519Signer(ORIGIN, new Uint8Array(32).fill(1))
const stranger = await ed25519Signer('example.com/stranger', new Uint8Array(32).fill(2))
const verifier = await ed25519Verifier(formatNoteKey(signer.key))

/** The body of the example in c2sp.org/tlog-checkpoint. */
const EXAMPLE = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'

test('The example of the specification is read and written.', () => {
  const checkpoint = parseCheckpoint(EXAMPLE)
  expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20852163, extensions: [] })
  expect(formatCheckpoint(checkpoint)).toBe(EXAMPLE)
})

test('Any tree head is written and read back the same.', () => {
  const origin = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/\p{Cc}/u.test(text))
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(origin, fc.maxSafeNat(), hash, (name, size, bytes) => {
      const head = { origin: name, size, root: bytes }
      expect(parseCheckpoint(formatCheckpoint(head))).toEqual({ ...head, extensions: [] })
    }),
  )
})

test('Extension lines are returned in order and covered by the signature.', async () => {
  const body = `${EXAMPLE}first extension\nsecond\n`
  expect(parseCheckpoint(body).extensions).toEqual(['first extension', 'second'])
  const note = await signNote(body, [signer])
  const opened = await openCheckpoint(note, [verifier], 'example.com/behind-the-sofa')
  expect(opened.extensions).toEqual(['first extension', 'second'])
  const altered = openCheckpoint(note.replace('second', 'third'), [verifier], 'example.com/behind-the-sofa')
  await expect(altered).rejects.toThrow(coded('wrong_signature'))
})

test('Malformed checkpoints are refused.', () => {
  const [origin, size, hash] = EXAMPLE.split('\n') as [string, string, string]
  const malformed = [
    '',
    '\n',
    EXAMPLE.slice(0, -1),
    `${EXAMPLE}\n`,
    `${EXAMPLE}extension\n\nextension\n`,
    `${EXAMPLE}extension`,
    `${origin}\n${size}\n`,
    `\n${size}\n${hash}\n`,
    ...['', '00', '01', '-1', '+1', '1.0', '1e3', '0x10', ' 1', '1 ', '٣', '9007199254740992', '1'.repeat(400)].map(
      (bad) => `${origin}\n${bad}\n${hash}\n`,
    ),
    ...[
      '',
      hash.slice(0, -1),
      `${hash}=`,
      ` ${hash}`,
      hash.replace('/', '_'),
      hash.replace('2I=', '2J='),
      Buffer.alloc(31).toString('base64'),
      Buffer.alloc(33).toString('base64'),
    ].map((bad) => `${origin}\n${size}\n${bad}\n`),
    EXAMPLE.replaceAll('\n', '\r\n'),
    EXAMPLE.replace('sofa', '\u0000'),
    EXAMPLE.replace('sofa', '\ud800'),
  ].filter((text) => text !== EXAMPLE)
  for (const bad of malformed) expect(() => parseCheckpoint(bad), JSON.stringify(bad)).toThrow(coded('bad_checkpoint'))
})

test('The largest safe size and zero are read.', () => {
  for (const size of [0, Number.MAX_SAFE_INTEGER]) {
    expect(parseCheckpoint(formatCheckpoint({ origin: ORIGIN, size, root })).size).toBe(size)
  }
})

test('A tree head that could not be read back is not written.', () => {
  const head = { origin: ORIGIN, size: 1, root }
  for (const part of [
    { origin: '' },
    { origin: 'two\nlines' },
    { origin: 'tab\t' },
    { size: -1 },
    { size: 0.5 },
    { size: 2 ** 53 },
    { size: Number.NaN },
    { root: new Uint8Array(31) },
  ]) {
    expect(() => formatCheckpoint({ ...head, ...part }), JSON.stringify(part)).toThrow(coded('bad_checkpoint'))
  }
})

test('A signed checkpoint opens for its log with the signatures told apart.', async () => {
  const note = await signCheckpoint({ origin: ORIGIN, size: 7, root }, [stranger, signer])
  const opened = await openCheckpoint(note, [verifier], ORIGIN)
  expect(opened).toMatchObject({ origin: ORIGIN, size: 7, root, extensions: [] })
  expect(opened.verified.map(({ name }) => name)).toEqual([ORIGIN])
  expect(opened.unknown.map(({ name }) => name)).toEqual(['example.com/stranger'])
})

test('A checkpoint of another log is refused although the signature is right.', async () => {
  const note = await signCheckpoint({ origin: 'example.com/other', size: 7, root }, [signer])
  await expect(openCheckpoint(note, [verifier], ORIGIN)).rejects.toThrow(coded('wrong_origin'))
})

test('A signed note that is not a checkpoint is refused.', async () => {
  const note = await signNote('hello\n', [signer])
  await expect(openCheckpoint(note, [verifier], ORIGIN)).rejects.toThrow(coded('bad_checkpoint'))
})

test('A checkpoint signed only by strangers is refused.', async () => {
  const note = await signCheckpoint({ origin: ORIGIN, size: 7, root }, [stranger])
  await expect(openCheckpoint(note, [verifier], ORIGIN)).rejects.toThrow(coded('no_known_signature'))
})

test('One altered bit anywhere in a signed checkpoint keeps it from opening.', async () => {
  const bytes = new TextEncoder().encode(await signCheckpoint({ origin: ORIGIN, size: 7, root }, [signer]))
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    await expect(openCheckpoint(flipBit(bytes, bit), [verifier], ORIGIN), `bit ${bit}`).rejects.toThrow(
      expect.objectContaining({ name: 'TlogError' }),
    )
  }
})
