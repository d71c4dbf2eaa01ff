import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createWitness,
  ed25519Signer,
  ed25519Verifier,
  emptyRoot,
  formatAddCheckpoint,
  formatNoteKey,
  MemoryWitnessStore,
  parseCheckpoint,
  parseNote,
  sha256,
  signCheckpoint,
  verifyNote,
  type NoteSigner,
  type TreeState,
  type WitnessedHead,
} from '../src/index.ts'
import { coded } from './coded.ts'
import { flipBit } from './log.ts'
import { nativeSha256, type Bytes } from './naive-tree.ts'
import { headNote, newWitness, ORIGIN, proofOf, signer, URL_PREFIX } from './witnessed-log.ts'

type Handler = (request: Request) => Promise<Response>

async function post(handle: Handler, body: string | Bytes): Promise<{ status: number; type: string | null; text: string }> {
  const response = await handle(new Request(`${URL_PREFIX}/add-checkpoint`, { method: 'POST', body: new Uint8Array(Buffer.from(body)) }))
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

async function submit(
  handle: Handler,
  oldSize: number,
  size: number,
  forged = false,
): Promise<{ status: number; type: string | null; text: string }> {
  return post(handle, formatAddCheckpoint({ oldSize, proof: proofOf(oldSize, size, forged), note: await headNote(size, forged) }))
}

test('A log that grows is cosigned step by step, and each answer is a cosignature of the witness over the checkpoint.', async () => {
  const { handle, peer } = await newWitness()
  let old = 0
  for (const size of [0, 0, 1, 5, 5, 8, 256, 300]) {
    const { status, text } = await submit(handle, old, size)
    expect(status).toBe(200)
    const { verified } = await verifyNote(`${parseNote(await headNote(size)).text}\n${text}`, peer.verifiers)
    expect(verified).toHaveLength(1)
    old = size
  }
})

test('An old size other than the last cosigned one is answered with that size.', async () => {
  const { handle } = await newWitness()
  expect(await submit(handle, 3, 8)).toEqual({ status: 409, type: 'text/x.tlog.size', text: '0\n' })
  await submit(handle, 0, 8)
  for (const [old, size] of [
    [0, 300],
    [7, 8],
    [9, 300],
    [8, 300],
  ] as const) {
    const answer = await submit(handle, old, size)
    if (old === 8) expect(answer.status).toBe(200)
    else expect(answer).toEqual({ status: 409, type: 'text/x.tlog.size', text: '8\n' })
  }
})

test('Another history is never cosigned, by whatever proof, size or order it comes.', async () => {
  const { handle } = await newWitness()
  await submit(handle, 0, 8)
  for (const size of [8, 9, 300]) expect((await submit(handle, 8, size, true)).status).toBe(422)
  const honest = proofOf(8, 300)
  const wrong = [
    [],
    honest.slice(1),
    honest.slice(0, -1),
    [...honest, honest[0]!],
    [...honest].reverse(),
    honest.with(0, new Uint8Array(32)),
  ]
  for (const proof of wrong) {
    expect((await post(handle, formatAddCheckpoint({ oldSize: 8, proof, note: await headNote(300) }))).status).toBe(422)
  }
  expect((await post(handle, formatAddCheckpoint({ oldSize: 8, proof: proofOf(7, 8), note: await headNote(8) }))).status).toBe(422)
  expect((await submit(handle, 0, 9, true)).status).toBe(409)
  expect((await submit(handle, 8, 300)).status).toBe(200)
})

test('One altered bit of the proof is refused with 422.', async () => {
  const { handle } = await newWitness()
  await submit(handle, 0, 8)
  const [proof, note] = [proofOf(8, 300), await headNote(300)]
  await fc.assert(
    fc.asyncProperty(fc.nat(proof.length - 1), fc.nat(255), async (at, bit) => {
      const altered = proof.with(at, flipBit(proof[at]!, bit))
      expect((await post(handle, formatAddCheckpoint({ oldSize: 8, proof: altered, note }))).status).toBe(422)
    }),
  )
})

test('One altered bit anywhere in a request gets no cosignature.', async () => {
  const { handle } = await newWitness()
  await submit(handle, 0, 8)
  const body = new Uint8Array(Buffer.from(formatAddCheckpoint({ oldSize: 8, proof: proofOf(8, 9), note: await headNote(9) })))
  for (let bit = 0; bit < 8 * body.length; bit++) {
    const { status } = await post(handle, flipBit(body, bit))
    expect([400, 403, 404, 409, 422], `bit ${bit}`).toContain(status)
  }
  expect((await post(handle, body)).status).toBe(200)
})

test('Who may not is told so: unknown log 404, no or a wrong signature 403, an old size over the new one 400.', async () => {
  const { handle } = await newWitness()
  const stranger = await ed25519Signer('example.com/other', new Uint8Array(32).fill(9))
  const unknown = await signCheckpoint({ origin: 'example.com/other', size: 0, root: emptyRoot(sha256) }, [signer, stranger])
  expect((await post(handle, formatAddCheckpoint({ oldSize: 0, proof: [], note: unknown }))).status).toBe(404)
  expect((await post(handle, formatAddCheckpoint({ oldSize: 0, proof: [], note: await headNote(8, false, [stranger]) }))).status).toBe(403)
  const swapped = (await headNote(8)).replace(/(?<=— .* )\S+/, /(?<=— .* )\S+/.exec(await headNote(9))![0])
  expect((await post(handle, formatAddCheckpoint({ oldSize: 0, proof: [], note: swapped }))).status).toBe(403)
  expect((await post(handle, formatAddCheckpoint({ oldSize: 9, proof: [], note: await headNote(8) }))).status).toBe(400)
  expect((await submit(handle, 0, 8)).status).toBe(200)
})

test('An empty tree with another root, and a proof from the empty tree, are refused with 422.', async () => {
  const { handle } = await newWitness()
  const note = await signCheckpoint({ origin: ORIGIN, size: 0, root: new Uint8Array(32) }, [signer])
  expect((await post(handle, formatAddCheckpoint({ oldSize: 0, proof: [], note }))).status).toBe(422)
  expect((await post(handle, formatAddCheckpoint({ oldSize: 0, proof: proofOf(7, 8), note: await headNote(8) }))).status).toBe(422)
})

test('Malformed requests are refused with 400.', async () => {
  const { handle } = await newWitness()
  const note = await headNote(8)
  const hash = Buffer.alloc(32).toString('base64')
  const malformed = [
    '',
    '\n',
    `old 0\n${note}`,
    `old 0\n\n\n${note}`,
    `\nold 0\n\n${note}`,
    `old 0 \n\n${note}`,
    `old  0\n\n${note}`,
    `old\n\n${note}`,
    `old 00\n\n${note}`,
    `old -1\n\n${note}`,
    `old 1e1\n\n${note}`,
    `old 9007199254740992\n\n${note}`,
    `OLD 0\n\n${note}`,
    `old 0\r\n\r\n${note}`,
    `old 0\n${hash.slice(1)}\n\n${note}`,
    `old 0\n${hash} \n\n${note}`,
    `old 0\n${hash.replace('A=', 'B=')}\n\n${note}`,
    `old 0\n${`${hash}\n`.repeat(64)}\n${note}`,
    `old 0\n\n${note.slice(0, -1)}`,
    `old 0\n\n${parseNote(note).text}`,
    `old 0\n\n${note}x`,
    `old 0\n\n${note}${'x'.repeat(2 ** 18)}`,
  ]
  for (const body of malformed) expect((await post(handle, body)).status, JSON.stringify(body.slice(0, 60))).toBe(400)
  expect((await post(handle, Uint8Array.of(0xff, 0xfe))).status).toBe(400)
})

test('Hostile bytes get an answer of the protocol, never a cosignature and never an exception.', async () => {
  const { handle } = await newWitness()
  const lines = fc.array(
    fc.constantFrom('old 0', 'old 8', '', Buffer.alloc(32).toString('base64'), ORIGIN, '0', '— example.com/log AAAAAAAA', 'é'),
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    lines.map((parts) => `${parts.join('\n')}\n`),
  )
  await fc.assert(
    fc.asyncProperty(text, async (body) => {
      expect([400, 403, 404]).toContain((await post(handle, body)).status)
    }),
    { numRuns: 500 },
  )
})

/** A store that takes its time, so that requests overlap at every step. */
class SlowStore extends MemoryWitnessStore {
  override async latest(origin: string): Promise<WitnessedHead | null> {
    const head = await super.latest(origin)
    await pause()
    return head
  }

  override async replace(origin: string, expected: TreeState | null, next: WitnessedHead): Promise<boolean> {
    await pause()
    const done = await super.replace(origin, expected, next)
    await pause()
    return done
  }
}

const pause = async (): Promise<void> =>
  Math.random() < 0.5 ? undefined : new Promise((resolve) => setTimeout(resolve, 8 * Math.random()))

test('Requests that arrive at once, of two histories and through two handlers, are cosigned for one history only.', async () => {
  for (let round = 0; round < 40; round++) {
    const store = new SlowStore()
    const handles = [(await newWitness(store)).handle, (await newWitness(store)).handle]
    await submit(handles[0]!, 0, 3)
    const asked = Array.from({ length: 12 }, (_, i) => ({ size: 4 + (i % 3), forged: i % 2 === 1, handle: handles[(i >> 1) % 2]! }))
    const answers = await Promise.all(
      asked.map(async ({ size, forged, handle }) => ({ forged, size, ...(await submit(handle, 3, size, forged)) })),
    )
    const cosigned = answers.filter(({ status }) => status === 200)
    expect(cosigned).not.toHaveLength(0)
    expect(new Set(cosigned.map(({ forged, size }) => `${forged} ${size}`)).size).toBe(1)
    for (const { status, text } of answers) if (status !== 200) expect([status, text]).toEqual([409, `${cosigned[0]!.size}\n`])
  }
})

test('Nothing is signed before the head is recorded, nor if it cannot be.', async () => {
  const events: string[] = []
  class Watched extends MemoryWitnessStore {
    broken = false
    override async replace(origin: string, expected: TreeState | null, next: WitnessedHead): Promise<boolean> {
      if (this.broken) throw new Error('the disk is full')
      events.push(`recorded ${next.size}${next.cosigned ? ' cosigned' : ''}`)
      return super.replace(origin, expected, next)
    }
  }
  const store = new Watched()
  const { cosigner } = await newWitness(store)
  const watched: NoteSigner = {
    key: cosigner.key,
    sign: async (text) => (events.push(`signed ${parseCheckpoint(Buffer.from(text).toString()).size}`), cosigner.sign(text)),
  }
  const handle = createWitness(nativeSha256, {
    cosigners: [watched],
    logs: [{ origin: ORIGIN, verifiers: [await ed25519Verifier(formatNoteKey(signer.key))] }],
    store,
  })
  await submit(handle, 0, 8)
  expect(events).toEqual(['recorded 8', 'signed 8', 'recorded 8 cosigned'])
  store.broken = true
  await expect(submit(handle, 8, 9)).rejects.toThrow('the disk is full')
  expect(events).toHaveLength(3)
})

test('Monitors get the last checkpoint with the signatures of log and witness, and nothing before there is one.', async () => {
  const { handle, peer } = await newWitness()
  const hash = Buffer.from(nativeSha256(Buffer.from(ORIGIN))).toString('hex')
  const get = async (path: string, method = 'GET'): Promise<Response> => handle(new Request(`${URL_PREFIX}/${path}`, { method }))
  expect((await get(`${hash}/checkpoint`)).status).toBe(404)
  await submit(handle, 0, 8)
  await submit(handle, 8, 8)
  await submit(handle, 8, 300)
  await submit(handle, 300, 300, true)
  const response = await get(`${hash}/checkpoint`)
  expect(response.status).toBe(200)
  const note = await response.text()
  const log = await ed25519Verifier(formatNoteKey(signer.key))
  const { verified, text } = await verifyNote(note, [log, ...peer.verifiers])
  expect(verified.map(({ name }) => name)).toEqual([ORIGIN, 'witness.example.com/w1'])
  expect(parseCheckpoint(text).size).toBe(300)
  for (const path of [
    `${hash.replace(/./, '0')}/checkpoint`,
    `${hash}/checkpoint/`,
    `${hash.toUpperCase()}/checkpoint`,
    'checkpoint',
    '',
  ]) {
    expect((await get(path)).status, path).toBe(404)
  }
  expect((await get(`${hash}/checkpoint`, 'DELETE')).status).toBe(405)
  expect((await get('add-checkpoint')).status).toBe(405)
})

test('A checkpoint that was recorded but not cosigned is not shown to monitors, and one cosigned before it still is.', async () => {
  const store = new MemoryWitnessStore()
  const { handle, cosigner } = await newWitness(store)
  const broken = createWitness(nativeSha256, {
    cosigners: [{ key: cosigner.key, sign: async () => Promise.reject(new Error('the key is gone')) }],
    logs: [{ origin: ORIGIN, verifiers: [await ed25519Verifier(formatNoteKey(signer.key))] }],
    store,
  })
  const hash = Buffer.from(nativeSha256(Buffer.from(ORIGIN))).toString('hex')
  const shown = async (): Promise<number> => (await handle(new Request(`${URL_PREFIX}/${hash}/checkpoint`))).status
  await expect(submit(broken, 0, 8)).rejects.toThrow('the key is gone')
  expect(await shown()).toBe(404)
  expect((await submit(handle, 0, 8)).status).toBe(409)
  expect((await submit(handle, 8, 8)).status).toBe(200)
  expect(await shown()).toBe(200)
  await expect(submit(broken, 8, 8)).rejects.toThrow('the key is gone')
  expect(await shown()).toBe(200)
})

test('A log that signs one checkpoint over and over is cosigned, and one of its signatures kept.', async () => {
  const { handle, peer } = await newWitness()
  const note = await headNote(8)
  const line = note.split('\n\n')[1]!
  const answer = await post(handle, `old 0\n\n${note}${line.repeat(99)}`)
  expect(answer.status).toBe(200)
  const hash = Buffer.from(nativeSha256(Buffer.from(ORIGIN))).toString('hex')
  const kept = await (await handle(new Request(`${URL_PREFIX}/${hash}/checkpoint`))).text()
  expect(kept).toBe(`${note}${answer.text}`)
  expect((await verifyNote(kept, peer.verifiers)).unknown).toHaveLength(1)
})

test('A witness without keys, or of a log without keys or listed twice, is not made.', async () => {
  const { cosigner } = await newWitness()
  const store = new MemoryWitnessStore()
  const log = { origin: ORIGIN, verifiers: [await ed25519Verifier(formatNoteKey(signer.key))] }
  expect(() => createWitness(sha256, { cosigners: [], logs: [log], store })).toThrow(coded('bad_key'))
  expect(() => createWitness(sha256, { cosigners: [cosigner], logs: [{ ...log, verifiers: [] }], store })).toThrow(coded('bad_key'))
  expect(() => createWitness(sha256, { cosigners: [cosigner], logs: [log, log], store })).toThrow(coded('ambiguous_key'))
})
