import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { addCheckpoint, requestCosignature, verifyNote } from '../src/index.ts'
import { coded } from './coded.ts'
import { headNote, newWitness, proofOf } from './witnessed-log.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A web server on this machine that hands requests to the handler; resolves to its address. */
async function served(handle: (request: Request) => Promise<Response>): Promise<string> {
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = new Uint8Array(await buffer(incoming))
    const response = await handle(new Request(`http://localhost${incoming.url}`, { method: incoming.method ?? 'POST', body }))
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  }
  server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  return addressOf(server)
}

async function addressOf(listening: Server): Promise<string> {
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
}

test('A log is cosigned over HTTP by a witness under a prefix, also when it must catch up.', async () => {
  const { handle, peer } = await newWitness()
  const witness = { ...peer, url: `${await served(handle)}/deep/prefix/` }
  for (const size of [8, 300]) {
    const prove = (first: number, second: number): Uint8Array[] => proofOf(first, second)
    const answer = await requestCosignature(witness, { note: await headNote(size), size, prove })
    if (answer.outcome !== 'cosigned') throw new Error(answer.outcome)
    expect((await verifyNote(answer.note, peer.verifiers)).verified).toHaveLength(1)
  }
})

test('A witness that leads elsewhere, answers slowly or is not there is out of reach.', async () => {
  const { handle, peer } = await newWitness()
  const request = { oldSize: 0, proof: [], note: await headNote(8) }
  const url = await served(async (asked) => {
    if (asked.url.includes('/slow/')) await new Promise((resolve) => setTimeout(resolve, 3000))
    return asked.url.includes('/moved/') ? new Response(null, { status: 307, headers: { location: '/add-checkpoint' } }) : handle(asked)
  })
  const closed = createServer()
  const gone = await addressOf(closed)
  closed.close()
  for (const prefix of [`${url}/moved`, `${url}/slow`, gone]) {
    await expect(addCheckpoint({ ...peer, url: prefix }, request, { timeout: 300 }), prefix).rejects.toThrow(coded('witness_unreachable'))
  }
  expect((await addCheckpoint({ ...peer, url }, request)).outcome).toBe('cosigned')
})
