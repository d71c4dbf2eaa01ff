import { expect, test } from 'vitest'
import {
  addCheckpoint,
  addSignatures,
  ed25519CosignatureVerifier,
  ed25519Cosigner,
  formatNoteKey,
  noteKey,
  parseNote,
  requestCosignature,
  signNote,
  type NoteSigner,
} from '../src/index.ts'
import { coded } from './coded.ts'
import { flipBit } from './log.ts'
import { naiveKey } from './naive-key.ts'
import { headNote, newWitness, proofOf, URL_PREFIX } from './witnessed-log.ts'

const note = await headNote(8)
const request = { oldSize: 0, proof: [], note }
const { handle, peer, cosigner } = await newWitness()
const lineOf = async (by: NoteSigner, of: string = note): Promise<string> => (await signNote(parseNote(of).text, [by])).split('\n\n')[1]!

/** A witness that answers the same to everything. */
const answering =
  (body: string | Uint8Array, init: ResponseInit = {}) =>
  async (): Promise<Response> =>
    new Response(typeof body === 'string' ? body : new Uint8Array(body), init)

test('The request goes to add-checkpoint under the prefix as a POST, and the answer is the cosigned note.', async () => {
  const seen: Request[] = []
  const fetch = async (asked: Request): Promise<Response> => (seen.push(asked.clone()), handle(asked))
  for (const url of [URL_PREFIX, `${URL_PREFIX}/`]) {
    const answer = await addCheckpoint({ ...peer, url }, { ...request, oldSize: seen.length * 8 }, { fetch })
    if (answer.outcome !== 'cosigned') throw new Error(answer.outcome)
    expect(answer.cosignatures.map(({ name }) => name)).toEqual(['witness.example.com/w1'])
    expect(answer.note).toBe(addSignatures(note, answer.cosignatures))
    expect(answer.note.startsWith(note)).toBe(true)
  }
  expect(seen.map(({ url, method, redirect }) => [url, method, redirect])).toEqual(
    seen.map(() => [`${URL_PREFIX}/add-checkpoint`, 'POST', 'error']),
  )
  expect(seen).toHaveLength(2)
  expect(await seen[0]!.text()).toBe(`old 0\n\n${note}`)
})

test('Refusals and conflicts are answers, not errors.', async () => {
  for (const status of [400, 403, 404, 422] as const) {
    expect(await addCheckpoint(peer, request, { fetch: answering('because\n', { status }) })).toEqual({
      outcome: 'refused',
      status,
      reason: 'because',
    })
  }
  for (const type of ['text/x.tlog.size', 'text/x.tlog.size; charset=utf-8']) {
    const fetch = answering('42\n', { status: 409, headers: { 'content-type': type } })
    expect(await addCheckpoint(peer, request, { fetch })).toEqual({ outcome: 'conflict', size: 42 })
  }
})

test('An answer that the protocol does not allow is an error.', async () => {
  const conflict = (body: string, type = 'text/x.tlog.size'): (() => Promise<Response>) =>
    answering(body, { status: 409, headers: { 'content-type': type } })
  const answers = [
    ...['', '42', '042\n', '-1\n', '42\n\n', '42 \n', '9007199254740992\n', '1e3\n'].map((body) => conflict(body)),
    conflict('42\n', 'text/plain'),
    ...[201, 301, 418, 429, 500, 503].map((status) => answering('x', { status })),
    answering(''),
    answering('\n'),
    answering('hello\n'),
    answering((await lineOf(cosigner)).slice(0, -1)),
    answering(`${await lineOf(cosigner)}\n`),
    answering(`\n${await lineOf(cosigner)}`),
    answering(Uint8Array.of(0xff)),
    answering((await lineOf(cosigner)).repeat(101)),
    answering('x'.repeat(2 ** 18 + 1)),
  ]
  for (const [i, fetch] of answers.entries()) {
    await expect(addCheckpoint(peer, request, { fetch }), `answer ${i}`).rejects.toThrow(coded('bad_answer'))
  }
})

test('A cosignature that does not verify over this very checkpoint is not accepted.', async () => {
  const wrong = [
    await lineOf(cosigner, await headNote(9)),
    await lineOf(await ed25519Cosigner('witness.example.com/w1', new Uint8Array(32).fill(7))),
    await lineOf(await ed25519Cosigner('witness.example.com/w2', new Uint8Array(32).fill(2))),
    `${await lineOf(cosigner)}${await lineOf(cosigner, await headNote(9))}`,
    // Another checkpoint with its cosignature, in the place of signature lines.
    `— witness.example.com/w1 AAAAAAAA\n\n${await lineOf(cosigner, await headNote(9))}`,
    `${(await headNote(9)).split('\n\n')[0]}\n\n${await lineOf(cosigner, await headNote(9))}`,
    // A signature of the witness over this checkpoint and more: what stands before the last empty line.
    `— w AAAAAAAA\n\n${naiveKey(cosigner.key.name, '02'.repeat(32), 1).line(`${parseNote(note).text}\n— w AAAAAAAA\n`)}`,
  ]
  for (const body of wrong)
    await expect(addCheckpoint(peer, request, { fetch: answering(body) }), body).rejects.toThrow(coded('bad_answer'))
  const { signature, ...line } = parseNote(`${note}${await lineOf(cosigner)}`).signatures[1]!
  for (let bit = 0; bit < 8 * signature.length; bit++) {
    const altered = addSignatures(note, [{ ...line, signature: flipBit(signature, bit) }]).slice(note.length)
    await expect(addCheckpoint(peer, request, { fetch: answering(altered) }), `bit ${bit}`).rejects.toThrow(coded('bad_answer'))
  }
})

test('A cosignature without a time is not accepted, although it verifies.', async () => {
  const untimed = { key: cosigner.key, verify: async () => true }
  const signature = new Uint8Array(72)
  const line = addSignatures(note, [{ name: cosigner.key.name, keyId: cosigner.key.id, signature }]).slice(note.length)
  const asked = addCheckpoint({ url: URL_PREFIX, verifiers: [untimed] }, request, { fetch: answering(line) })
  await expect(asked).rejects.toThrow(coded('bad_answer'))
  await expect(asked).rejects.toThrow('no time')
})

test('Cosignatures by unknown keys and of unknown types are passed over beside a known one.', async () => {
  const mldsa = noteKey('witness.example.com/w1', 6, new Uint8Array(1312))
  const unknown = addSignatures(note, [{ name: mldsa.name, keyId: mldsa.id, signature: new Uint8Array(2428) }]).slice(note.length)
  const other = await ed25519Cosigner('witness.example.com/w2', new Uint8Array(32).fill(5))
  const body = `${unknown}${await lineOf(other)}${await lineOf(cosigner)}`
  const answer = await addCheckpoint(peer, request, { fetch: answering(body) })
  if (answer.outcome !== 'cosigned') throw new Error(answer.outcome)
  expect(answer.cosignatures.map(({ keyId }) => keyId)).toEqual([cosigner.key.id])
  expect(parseNote(answer.note).signatures).toHaveLength(2)
  const both = { ...peer, verifiers: [...peer.verifiers, await ed25519CosignatureVerifier(formatNoteKey(other.key))] }
  expect(await addCheckpoint(both, request, { fetch: answering(body) })).toMatchObject({
    cosignatures: [{ name: other.key.name }, { name: cosigner.key.name }],
  })
})

test('A witness that cannot be reached, is silent, or stops in its answer, is an error in time.', async () => {
  const silent = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('— ')) })
  const unreachable: ((asked: Request) => Promise<Response>)[] = [
    () => {
      throw new Error('no such host')
    },
    async () => Promise.reject(new TypeError('fetch failed')),
    async () => new Promise(() => {}),
    async () => new Response(silent),
    async (asked) => new Promise((_, reject) => asked.signal.addEventListener('abort', () => reject(new Error('aborted')))),
  ]
  for (const fetch of unreachable) {
    const start = performance.now()
    await expect(addCheckpoint(peer, request, { fetch, timeout: 50 })).rejects.toThrow(coded('witness_unreachable'))
    expect(performance.now() - start).toBeLessThan(5000)
  }
})

test('A request that is none is not sent.', async () => {
  const fetch = async (): Promise<Response> => expect.unreachable()
  await expect(addCheckpoint(peer, { ...request, note: 'hello' }, { fetch })).rejects.toThrow(coded('bad_note'))
  await expect(addCheckpoint(peer, { ...request, proof: Array.from({ length: 64 }, () => new Uint8Array(32)) }, { fetch })).rejects.toThrow(
    coded('bad_request'),
  )
  await expect(addCheckpoint(peer, { ...request, oldSize: -1 }, { fetch })).rejects.toThrow(RangeError)
  await expect(addCheckpoint(peer, { ...request, proof: [new Uint8Array(31)] }, { fetch })).rejects.toThrow(RangeError)
})

test('A log catches up with a witness that knows another size, and is told when the witness is ahead.', async () => {
  const own = await newWitness()
  const asked: string[] = []
  const fetch = async (sent: Request): Promise<Response> => {
    asked.push((await sent.clone().text()).split('\n')[0]!)
    return own.handle(sent)
  }
  const cosign = async (size: number, knownSize?: number): Promise<string> => {
    const prove = (first: number, second: number): Uint8Array[] => proofOf(first, second)
    const body = { note: await headNote(size), size, prove, ...(knownSize === undefined ? {} : { knownSize }) }
    return (await requestCosignature(own.peer, body, { fetch })).outcome
  }
  expect(await cosign(5)).toBe('cosigned')
  expect(await cosign(100)).toBe('cosigned')
  expect(await cosign(200, 100)).toBe('cosigned')
  expect(await cosign(250, 1000)).toBe('cosigned')
  expect(await cosign(200)).toBe('conflict')
  expect(asked).toEqual(['old 0', 'old 0', 'old 5', 'old 100', 'old 250', 'old 200', 'old 0'])
  asked.length = 0
  let told = 0
  const fickle = async (): Promise<Response> =>
    new Response(`${++told}\n`, { status: 409, headers: { 'content-type': 'text/x.tlog.size' } })
  const body = { note, size: 8, prove: (first: number, second: number) => proofOf(first, second) }
  expect((await requestCosignature(peer, body, { fetch: fickle })).outcome).toBe('conflict')
  expect(told).toBe(3)
})
