import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addSignatures,
  ed25519Signer,
  formatNoteKey,
  formatProof,
  inclusionProof,
  leafHash,
  noteKey,
  openByPolicy,
  parseNote,
  parsePolicy,
  parseProof,
  rootHash,
  sha256,
  signCheckpoint,
  verifyProof,
  type LogProof,
  type NoteSigner,
} from '../src/index.ts'
import { coded } from './coded.ts'
import { countingEntries, flipBit, nodesOf } from './log.ts'
import { log, logLine, mldsaVkey, ORIGIN, witnesses, witnessLines } from './policy-keys.ts'

const entries = countingEntries(300)
const nodes = nodesOf(entries)
const leaf = (index: number): Uint8Array => leafHash(sha256, entries[index]!)
const policy = parsePolicy(`${logLine}${witnessLines.join('')}group g 2 ${witnesses.map((_, i) => `W${i}`).join(' ')}\nquorum g\n`)

async function checkpoint(size: number, ...signers: readonly NoteSigner[]): Promise<string> {
  return signCheckpoint({ origin: ORIGIN, size, root: rootHash(sha256, size, nodes) }, signers)
}

async function proofOf(index: number, size: number, part: Partial<LogProof> = {}): Promise<LogProof> {
  const note = await checkpoint(size, log, witnesses[0]!, witnesses[3]!)
  return { extra: null, index, proof: inclusionProof(sha256, index, size, nodes), checkpoint: note, ...part }
}

test('The proof of an entry, cosigned by the quorum, is verified offline.', async () => {
  for (const [index, size] of [
    [0, 1],
    [0, 2],
    [7, 8],
    [256, 300],
    [299, 300],
  ] as const) {
    const proven = await verifyProof(sha256, formatProof(await proofOf(index, size)), leaf(index), policy)
    expect(proven).toMatchObject({ index, checkpoint: { origin: ORIGIN, size, signedBy: [{ key: log.key }] } })
    expect(proven.checkpoint.cosignatures.map(({ witness }) => witness.name)).toEqual(['W0', 'W3'])
    expect(proven.checkpoint.cosignatures.every(({ time }) => Math.abs(time - Date.now() / 1000) < 600)).toBe(true)
  }
})

test('The text has the lines of the specification.', async () => {
  const proof = await proofOf(1, 3, { extra: new TextEncoder().encode('extra!') })
  const hashes = proof.proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('')
  const text = `c2sp.org/tlog-proof@v1\nextra ZXh0cmEh\nindex 1\n${hashes}\n${proof.checkpoint}`
  expect(formatProof(proof)).toBe(text)
  expect(parseProof(text)).toEqual(proof)
  expect(parseProof(new TextEncoder().encode(text))).toEqual(proof)
  expect(formatProof({ ...proof, extra: null })).toBe(text.replace(/extra .*\n/, ''))
})

test('Any proof is read back from its text.', async () => {
  const note = await checkpoint(300, log)
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const extra = fc.option(fc.uint8Array({ minLength: 1 }))
  fc.assert(
    fc.property(extra, fc.maxSafeNat(), fc.array(hash, { maxLength: 63 }), (bytes, index, proof) => {
      const given = { extra: bytes, index, proof, checkpoint: note }
      expect(parseProof(formatProof(given))).toEqual(given)
    }),
  )
})

test('One altered bit anywhere but in the extra data keeps a proof from being verified.', async () => {
  const text = formatProof(await proofOf(5, 9))
  const bytes = new TextEncoder().encode(text)
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    await expect(verifyProof(sha256, flipBit(bytes, bit), leaf(5), policy), `bit ${bit}`).rejects.toThrow(
      expect.objectContaining({ name: 'TlogError' }),
    )
  }
})

test('A proof is for its leaf, index and tree alone.', async () => {
  const proof = await proofOf(5, 9)
  const wrong = async (part: Partial<LogProof>, of = 5): Promise<void> =>
    expect(verifyProof(sha256, formatProof({ ...proof, ...part }), leaf(of), policy)).rejects.toThrow(coded('wrong_proof'))
  await wrong({}, 4)
  await wrong({ index: 4 })
  await wrong({ index: 9 })
  await wrong({ proof: proof.proof.slice(1) })
  await wrong({ proof: [...proof.proof, leaf(0)] })
  await wrong({ checkpoint: (await proofOf(5, 10)).checkpoint })
  await expect(verifyProof(sha256, formatProof(proof), new Uint8Array(31), policy)).rejects.toThrow(RangeError)
})

test('Malformed proofs are refused.', async () => {
  const proof = await proofOf(5, 9, { extra: Uint8Array.of(1) })
  const text = formatProof(proof)
  const [header, extra, index, ...rest] = text.split('\n')
  const with_ = (...lines: (string | undefined)[]): string => [...lines, ...rest].join('\n')
  const hash = rest[0]!
  const malformed = [
    '',
    '\n\n',
    `\n${text}`,
    text.replace('@v1', '@v2'),
    text.replace('@v1', '@v1 '),
    text.replaceAll('\n', '\r\n'),
    text.slice(0, text.indexOf('\n\n') + 1),
    with_(header, extra),
    with_(header, index, extra),
    with_(header, extra, extra, index),
    with_(header, extra, index, index),
    with_(header, 'extra ', index),
    with_(header, 'extra', index),
    with_(header, 'extra AQ', index),
    with_(header, 'extra AR==', index),
    with_(header, 'extra  AQ==', index),
    with_(header, 'index 05'),
    with_(header, 'index -5'),
    with_(header, 'index 5 '),
    with_(header, 'index'),
    with_(header, 'index 9007199254740992'),
    with_(header, index, ''),
    with_(header, index, ...Array(64).fill(hash)),
    text.replace(hash, hash.slice(4)),
    text.replace(hash, `${hash} `),
    `${text}\n`,
    `${text}x`,
    `c2sp.org/tlog-proof@v1\nextra ${'A'.repeat(2 ** 20)}\nindex 0\n\n${proof.checkpoint}`,
  ]
  for (const bad of malformed) {
    expect(() => parseProof(bad), JSON.stringify(bad.slice(0, 90))).toThrow(expect.objectContaining({ name: 'TlogError' }))
  }
  expect(() => parseProof(Uint8Array.of(0xff))).toThrow(coded('bad_proof'))
})

test('A proof that could not be read back is not written.', async () => {
  const proof = await proofOf(5, 9)
  expect(() => formatProof({ ...proof, extra: new Uint8Array() })).toThrow(coded('bad_proof'))
  expect(() => formatProof({ ...proof, proof: Array(64).fill(leaf(0)) })).toThrow(coded('bad_proof'))
  expect(() => formatProof({ ...proof, extra: new Uint8Array(2 ** 20) })).toThrow(coded('bad_proof'))
  expect(() => formatProof({ ...proof, checkpoint: 'hello' })).toThrow(coded('bad_note'))
  expect(() => formatProof({ ...proof, index: -1 })).toThrow(RangeError)
  expect(() => formatProof({ ...proof, proof: [new Uint8Array(31)] })).toThrow(RangeError)
})

test('A checkpoint with too few cosignatures is not trusted, whoever else signed it and however often.', async () => {
  const open = async (...signers: NoteSigner[]): Promise<unknown> => openByPolicy(await checkpoint(9, ...signers), policy)
  await expect(open(log)).rejects.toThrow(coded('no_quorum'))
  await expect(open(log, witnesses[0]!)).rejects.toThrow(coded('no_quorum'))
  const later = { key: witnesses[0]!.key, sign: witnesses[0]!.sign }
  await expect(open(log, witnesses[0]!, later)).rejects.toThrow(coded('no_quorum'))
  // The key of a witness, under another name: known to nobody.
  const renamed = { key: noteKey('other.example.com', 4, witnesses[1]!.key.publicKey), sign: witnesses[1]!.sign }
  await expect(open(log, witnesses[0]!, renamed)).rejects.toThrow(coded('no_quorum'))
  await expect(open(log, witnesses[0]!, witnesses[1]!)).resolves.toMatchObject({ size: 9 })
})

test('Witnesses cannot stand in for the log, nor the log for a witness.', async () => {
  const open = async (...signers: NoteSigner[]): Promise<unknown> => openByPolicy(await checkpoint(9, ...signers), policy)
  await expect(open(...witnesses)).rejects.toThrow(coded('no_known_signature'))
  const impostor = await ed25519Signer(ORIGIN, new Uint8Array(32).fill(77))
  await expect(open(impostor, ...witnesses)).rejects.toThrow(coded('no_known_signature'))
  const plain = await ed25519Signer(witnesses[1]!.key.name, new Uint8Array(32).fill(11))
  await expect(open(log, witnesses[0]!, plain)).rejects.toThrow(coded('no_quorum'))
})

test('A wrong signature by a key of the policy spoils the checkpoint, one by another key does not.', async () => {
  const note = await checkpoint(9, log, witnesses[0]!, witnesses[1]!)
  const { text, signatures } = parseNote(note)
  const bare = await checkpoint(9, log)
  const wrong = { ...signatures[1]!, name: witnesses[2]!.key.name, keyId: witnesses[2]!.key.id }
  await expect(openByPolicy(addSignatures(note, [wrong]), policy)).rejects.toThrow(coded('wrong_signature'))
  await expect(openByPolicy(addSignatures(note, [{ ...wrong, keyId: '00000000' }]), policy)).resolves.toMatchObject({ size: 9 })
  const moved = (await checkpoint(8, witnesses[0]!, witnesses[1]!)).split('\n\n')[1]!
  await expect(openByPolicy(`${bare}${moved}`, policy)).rejects.toThrow(coded('wrong_signature'))
  expect(text).toBe(parseNote(bare).text)
})

test('Only checkpoints of the logs of the policy are trusted, or of those given beside it.', async () => {
  const other = await ed25519Signer('example.com/other', new Uint8Array(32).fill(5))
  const root = rootHash(sha256, 9, nodes)
  const foreign = await signCheckpoint({ origin: 'example.com/other', size: 9, root }, [log, other, witnesses[0]!, witnesses[1]!])
  await expect(openByPolicy(foreign, policy)).rejects.toThrow(coded('wrong_origin'))
  await expect(openByPolicy(foreign, policy, [{ key: other.key, url: null }])).resolves.toMatchObject({ origin: 'example.com/other' })
  const bare = parsePolicy('quorum none\n')
  await expect(openByPolicy(foreign, bare)).rejects.toThrow(coded('wrong_origin'))
  await expect(openByPolicy(foreign, bare, [{ key: other.key, url: null }])).resolves.toMatchObject({ cosignatures: [] })
})

test('One of several keys of a log is enough, and keys of unknown types are passed over.', async () => {
  const second = await ed25519Signer(ORIGIN, new Uint8Array(32).fill(6))
  const pqLog = formatNoteKey(noteKey(ORIGIN, 6, new Uint8Array(1312).fill(9)))
  const text = `log ${pqLog}\nlog ${formatNoteKey(second.key)}\n${logLine}${witnessLines[0]}witness PQ ${mldsaVkey}\ngroup g any W0 PQ\nquorum g\n`
  const many = parsePolicy(text)
  const pqLine = { name: 'pq.example.com', keyId: many.witnesses[1]!.key.id, signature: new Uint8Array(2428) }
  const note = addSignatures(await checkpoint(9, log, witnesses[0]!), [pqLine])
  const opened = await openByPolicy(note, many)
  expect(opened.signedBy.map(({ key }) => key.id)).toEqual([log.key.id])
  expect(opened.cosignatures.map(({ witness }) => witness.name)).toEqual(['W0'])
  const unmet = parsePolicy(text.replace('any', 'all'))
  await expect(openByPolicy(note, unmet)).rejects.toThrow(coded('no_quorum'))
})
