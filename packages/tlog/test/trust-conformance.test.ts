import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  cosignatureTime,
  ed25519CosignatureVerifier,
  ed25519Cosigner,
  formatAddCheckpoint,
  formatNoteKey,
  hasQuorum,
  parseAddCheckpoint,
  parseNote,
  parsePolicy,
  sha256,
  signNote,
  verifyNote,
  verifyProof,
} from '../src/index.ts'
import { coded } from './coded.ts'
import { fromHex, toHex } from './log.ts'
import { trustVectors, type TrustVectors } from './trust-vectors.ts'

const file = new URL('../../../conformance/tlog-trust.json', import.meta.url)
const given = JSON.parse(readFileSync(file, 'utf8')) as TrustVectors

test('The file of vectors of trust is the one that write-vectors.ts writes.', () => {
  expect(given).toEqual(trustVectors())
})

test('The cosignature is made to the byte as in the vectors, theirs verifies, and the wrong ones do not.', async () => {
  const { name, seed, vkey, time } = given.cosigner
  const cosigner = await ed25519Cosigner(name, fromHex(seed), () => time)
  expect(formatNoteKey(cosigner.key)).toBe(vkey)
  const verifier = await ed25519CosignatureVerifier(vkey)
  const { text } = parseNote(given.cosigned)
  expect(given.cosigned).toContain((await signNote(text, [cosigner])).slice(text.length + 1))
  const { verified } = await verifyNote(given.cosigned, [verifier])
  expect(verified.map(({ signature }) => cosignatureTime(signature))).toEqual([time])
  for (const { why, note } of given.refusedCosignatures) {
    await expect(verifyNote(note, [verifier]), why).rejects.toThrow(coded('wrong_signature'))
  }
})

test('The request to a witness is that of the vectors.', () => {
  const { body, proof, ...rest } = given.addCheckpoint
  expect(formatAddCheckpoint({ ...rest, proof: proof.map(fromHex) })).toBe(body)
  const parsed = parseAddCheckpoint(body)
  expect({ ...rest, proof }).toEqual({ oldSize: parsed.oldSize, note: parsed.note, proof: parsed.proof.map(toHex) })
})

test('The quorums of the policies are made by whom the vectors say, and what is no policy is refused.', () => {
  for (const { policy: text, cosigned, quorum } of given.policies) {
    const policy = parsePolicy(text)
    expect(
      hasQuorum(policy.quorum, new Set(policy.witnesses.filter(({ name }) => cosigned.includes(name)))),
      `${text}${cosigned.join(' ')}`,
    ).toBe(quorum)
  }
  for (const { why, policy } of given.refusedPolicies) expect(() => parsePolicy(policy), why).toThrow(coded('bad_policy'))
})

test('The proofs are accepted or refused as the vectors say.', async () => {
  for (const { why, leaf, policy, proof, error } of given.proofs) {
    const proven = verifyProof(sha256, proof, fromHex(leaf), parsePolicy(policy))
    if (error === null) await expect(proven, why).resolves.toMatchObject({ index: 5, checkpoint: { size: 8 } })
    else await expect(proven, why).rejects.toThrow(coded(error))
  }
})
