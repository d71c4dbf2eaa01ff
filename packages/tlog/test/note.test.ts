import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ed25519Signer,
  ed25519Verifier,
  formatNote,
  formatNoteKey,
  noteKey,
  parseNote,
  signNote,
  verifyNote,
  type NoteSignature,
  type NoteSigner,
  type NoteVerifier,
  type TlogErrorCode,
} from '../src/index.ts'
import { flipBit } from './log.ts'
import { C2SP_EXAMPLE, GO_EXAMPLE, GO_SECOND } from './keys.ts'

const coded = (code: TlogErrorCode): unknown => expect.objectContaining({ name: 'TlogError', code })

const peter = await ed25519Signer(GO_EXAMPLE.name, new Uint8Array(Buffer.from(GO_EXAMPLE.seed, 'base64')))
const other = await ed25519Signer('example.com/other', new Uint8Array(32).fill(7))
const verifierOf = (signer: NoteSigner): Promise<NoteVerifier> => ed25519Verifier(formatNoteKey(signer.key))
const peterVerifier = await verifierOf(peter)
const otherVerifier = await verifierOf(other)

const goNote = `${GO_EXAMPLE.text}\n${GO_EXAMPLE.signatureLine}`
const line = GO_EXAMPLE.signatureLine

test('Signing reproduces the published note byte for byte.', async () => {
  expect(await signNote(GO_EXAMPLE.text, [peter])).toBe(goNote)
})

test('Published notes of other implementations verify.', async () => {
  const opened = await verifyNote(goNote, [peterVerifier])
  expect(opened).toMatchObject({ text: GO_EXAMPLE.text, unknown: [] })
  expect(opened.verified.map(({ name, keyId }) => `${name}+${keyId}`)).toEqual(['PeterNeumann+c74f20a3'])

  const both = await verifyNote(goNote + GO_SECOND.signatureLine, [
    await ed25519Verifier(GO_SECOND.vkey),
    await ed25519Verifier(GO_EXAMPLE.vkey),
  ])
  expect(both.verified.map(({ name }) => name)).toEqual(['PeterNeumann', 'EnochRoot'])

  const c2sp = await verifyNote(C2SP_EXAMPLE.note, [await ed25519Verifier(C2SP_EXAMPLE.vkey)])
  expect(c2sp.text).toBe('This is an example message.\n')
})

test('A note is read the same from a string and from its bytes.', () => {
  expect(parseNote(Buffer.from(goNote))).toEqual(parseNote(goNote))
})

test('Any text is signed, read back and verified.', async () => {
  const lines = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/\p{Cc}/gu, '')))
  await fc.assert(
    fc.asyncProperty(lines, async (texts) => {
      const text = `${texts.join('\n')}\n`
      const note = await signNote(text, [peter, other])
      expect(formatNote(parseNote(note))).toBe(note)
      const opened = await verifyNote(new TextEncoder().encode(note), [peterVerifier, otherVerifier])
      expect(opened.text).toBe(text)
      expect(opened.verified).toHaveLength(2)
    }),
  )
})

test('The text is split off at the last empty line, so it may hold what looks like a signed note.', async () => {
  const text = `${goNote}\n\nand more\n`
  const opened = await verifyNote(await signNote(text, [other]), [peterVerifier, otherVerifier])
  expect(opened.text).toBe(text)
  expect(opened.verified.map(({ name }) => name)).toEqual(['example.com/other'])
})

test('One altered bit anywhere in a signed note keeps it from verifying.', async () => {
  const bytes = new TextEncoder().encode(goNote)
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    await expect(verifyNote(flipBit(bytes, bit), [peterVerifier]), `bit ${bit}`).rejects.toThrow(
      expect.objectContaining({ name: 'TlogError' }),
    )
  }
})

test('A signature by an unknown key is passed over, wherever it stands and whatever its length.', async () => {
  const unknown: NoteSignature[] = [
    { name: 'witness.example', keyId: '01020304', signature: new Uint8Array(72) },
    { name: 'PeterNeumann', keyId: 'c74f20a4', signature: new Uint8Array(1) },
    { name: 'PeterNeuman', keyId: 'c74f20a3', signature: new Uint8Array(5000) },
  ]
  const { text, signatures } = parseNote(goNote)
  const [good] = signatures
  const note = formatNote({ text, signatures: [unknown[0]!, unknown[1]!, good!, unknown[2]!] })
  const opened = await verifyNote(note, [peterVerifier, otherVerifier])
  expect(opened.verified).toEqual([good])
  expect(opened.unknown).toEqual(unknown)
})

test('A wrong signature by a known key makes the note invalid beside a right one.', async () => {
  const { text, signatures } = parseNote(await signNote(GO_EXAMPLE.text, [other, peter]))
  const [first, second] = signatures
  const forged = { ...second!, signature: flipBit(second!.signature, 5) }
  const cut = { ...second!, signature: second!.signature.slice(0, 63) }
  for (const wrong of [forged, cut]) {
    const note = formatNote({ text, signatures: [first!, wrong] })
    await expect(verifyNote(note, [peterVerifier, otherVerifier])).rejects.toThrow(coded('wrong_signature'))
    expect((await verifyNote(note, [otherVerifier])).unknown).toEqual([wrong])
  }
  const repeated = formatNote({ text, signatures: [second!, forged] })
  await expect(verifyNote(repeated, [peterVerifier])).rejects.toThrow(coded('wrong_signature'))
})

test('A note without a signature by a known key is refused, and the refusal names who signed.', async () => {
  await expect(verifyNote(goNote, [otherVerifier])).rejects.toThrow(coded('no_known_signature'))
  await expect(verifyNote(goNote, [])).rejects.toThrow('the note is signed by `PeterNeumann` (ID `c74f20a3`)')
})

test('A key of another type with the same name and bytes is another key.', async () => {
  const cosigner: NoteVerifier = {
    key: noteKey(peter.key.name, 4, peter.key.publicKey),
    verify: () => Promise.reject(new Error('it must not be asked')),
  }
  await expect(verifyNote(goNote, [cosigner])).rejects.toThrow(coded('no_known_signature'))
})

test('Two verifiers with one name and key ID are refused as ambiguous.', async () => {
  await expect(verifyNote(goNote, [peterVerifier, await verifierOf(peter)])).rejects.toThrow(coded('ambiguous_key'))
})

test('Malformed notes are refused.', () => {
  const text = GO_EXAMPLE.text
  const base64 = line.split(' ')[2]!.trim()
  const malformed: (string | Uint8Array)[] = [
    '',
    '\n',
    '\n\n',
    text,
    `${text}\n`,
    text + line,
    `\n${line}`,
    goNote.slice(0, -1),
    `${goNote}\n`,
    `${goNote}no signature line\n`,
    `${goNote} ${line}`,
    goNote.replace('— ', '- '),
    goNote.replace('— ', '—'),
    goNote.replace('— ', '—  '),
    goNote.replace('— PeterNeumann ', '— '),
    goNote.replace('— PeterNeumann ', '— Peter+Neumann '),
    goNote.replace('— PeterNeumann ', '— Peter\u2003Neumann '),
    goNote.replace('— PeterNeumann ', '— Peter Neumann '),
    goNote.replace(line, `${line.trimEnd()} \n`),
    goNote.replace(base64, base64.replace(/=$/, '')),
    goNote.replace(base64, `${base64}=`),
    goNote.replace(base64, base64.replace('/', '_')),
    goNote.replace(base64, base64.replace(/M=$/, 'N=')),
    goNote.replace(base64, 'x08gow=='),
    goNote.replace(base64, ''),
    goNote.replace('\n', '\r\n'),
    goNote.replace('you', '\u0000'),
    goNote.replace('you', '\t'),
    goNote.replace('you', '\ud800'),
    Buffer.concat([Buffer.of(0xff), Buffer.from(goNote)]),
    Buffer.concat([Buffer.of(0xc0, 0x80), Buffer.from(goNote)]),
    Buffer.concat([Buffer.of(0xed, 0xa0, 0x80), Buffer.from(goNote)]),
  ]
  for (const bad of malformed) expect(() => parseNote(bad), String(bad)).toThrow(coded('bad_note'))
})

test('A byte order mark is part of the text and not dropped.', async () => {
  await expect(verifyNote(Buffer.from(`\ufeff${goNote}`), [peterVerifier])).rejects.toThrow(coded('wrong_signature'))
})

test('A note has at most 100 signatures.', () => {
  expect(parseNote(`${GO_EXAMPLE.text}\n${line.repeat(100)}`).signatures).toHaveLength(100)
  expect(() => parseNote(`${GO_EXAMPLE.text}\n${line.repeat(101)}`)).toThrow('1 to 100 signatures, got `101`')
})

test('What could not be read back is not written.', async () => {
  const signature: NoteSignature = { name: 'log', keyId: '01020304', signature: new Uint8Array(64) }
  const write = (text: string, part: Partial<NoteSignature>): unknown => formatNote({ text, signatures: [{ ...signature, ...part }] })
  expect(write('text\n', {})).toContain('— log AQIDBA')
  for (const text of ['', 'no newline', 'tab\t\n', '\udc00\n']) expect(() => write(text, {})).toThrow(coded('bad_note'))
  for (const part of [
    { name: '' },
    { name: 'a log' },
    { name: 'a+log' },
    { name: 'a\u0007log' },
    { name: 'a\ud800log' },
    { keyId: '0102030' },
    { keyId: 'ABCDEF00' },
    { signature: new Uint8Array() },
  ]) {
    expect(() => write('text\n', part), JSON.stringify(part)).toThrow(coded('bad_note'))
  }
  await expect(signNote('text\n', [])).rejects.toThrow(coded('bad_note'))
  await expect(signNote('text', [peter])).rejects.toThrow('the note text must end in a newline')
})
