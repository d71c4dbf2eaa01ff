import { leafHash } from '@bailiwick/tlog'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import { noEntryBefore } from '../../src/ledger/ledger.ts'
import { nodeSha256 } from '../../src/ledger/node-sha256.ts'
import { SessionChains } from '../../src/ledger/session-chain.ts'
import { note, ScratchLedger } from './scratch-ledger.ts'

let scratch: ScratchLedger
beforeEach(() => void (scratch = new ScratchLedger()))
afterEach(() => scratch.remove())

const about = (session: string | null, subject: string) => ({ ...note(subject), session }) as never

interface Link {
  readonly entry: LedgerEntry
  readonly body: Uint8Array
}

async function linksOf(session: string): Promise<Link[]> {
  const { store } = scratch.open('reader')
  const indices = await store.indicesOf(session)
  const bodies = await Promise.all(indices.map(async (index) => (await store.entries(index, 1))[0] as Uint8Array))
  return bodies.map((body) => ({ body, entry: JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry }))
}

/** What is wrong with a session that was exported alone. */
function problems(links: readonly Link[]): string[] {
  const chains = new SessionChains()
  const within = links.flatMap(({ entry, body }, index) => chains.take(index, entry, leafHash(nodeSha256, body)))
  return [...within, ...chains.beginnings()].map(({ problem }) => problem)
}

test('Each entry of a session names the leaf hash of the one before it, across commits and processes; entries of no session name none.', async () => {
  const [one, two] = [scratch.open('gateway-1'), scratch.open('gateway-2')]
  for (let index = 0; index < 6; index += 1) {
    const { ledger } = index % 2 === 0 ? one : two
    await Promise.all([
      ledger.append(about('ses_a', `a${index}`)),
      ledger.append(about('ses_b', `b${index}`)),
      ledger.append(about(null, `n${index}`)),
    ])
  }
  for (const session of ['ses_a', 'ses_b']) {
    const links = await linksOf(session)
    expect(links).toHaveLength(6)
    expect(links[0]?.entry.previous).toBe(noEntryBefore)
    for (const [index, { entry }] of links.entries())
      if (index > 0) expect(entry.previous).toBe(Buffer.from(leafHash(nodeSha256, (links[index - 1] as Link).body)).toString('hex'))
    expect(problems(links)).toEqual([])
  }
  const { store } = scratch.open('reader-2')
  const all = (await store.entries(0, 100)).map((body) => JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry)
  expect(all.filter(({ session }) => session === null).every(({ previous }) => previous === undefined)).toBe(true)
  await scratch.close()
  expect((await scratch.verify()).problems).toEqual([])
})

test('Sessions written to by several processes at once are still one chain each.', async () => {
  const processes = ['one', 'two', 'three'].map((name) => scratch.open(name).ledger)
  await Promise.all(
    Array.from({ length: 120 }, (_, index) =>
      (processes[index % 3] as (typeof processes)[0]).append(about(`ses_${index % 4}`, `${index}`)),
    ),
  )
  for (let session = 0; session < 4; session += 1) {
    const links = await linksOf(`ses_${session}`)
    expect(links).toHaveLength(30)
    expect(problems(links)).toEqual([])
  }
})

test('In a session that was exported alone, an entry taken out, added, moved, repeated or altered in any byte breaks the chain, unless it is the newest.', async () => {
  const { ledger } = scratch.open()
  for (let index = 0; index < 8; index += 1) await ledger.append(about('ses_a', `a${index}`))
  const links = await linksOf('ses_a')
  const alter = (link: Link, at: number): Link => {
    const body = Uint8Array.from(link.body)
    body[at] = (body[at] as number) ^ 1
    return { ...link, body }
  }
  fc.assert(
    fc.property(fc.nat(6), fc.nat(6), fc.nat(), (at, other, byte) => {
      const link = links[at] as Link
      expect(problems(links.toSpliced(at, 1)).length).toBeGreaterThan(0)
      expect(problems(links.toSpliced(at, 0, link)).length).toBeGreaterThan(0)
      expect(problems(links.with(at, alter(link, byte % link.body.length))).length).toBeGreaterThan(0)
      if (at !== other) expect(problems(links.with(at, links[other] as Link).with(other, link)).length).toBeGreaterThan(0)
    }),
    { numRuns: 200 },
  )
})

test('What an agent sends cannot stand in for the mark that the link is written over.', async () => {
  const { ledger } = scratch.open()
  for (const subject of ['0'.repeat(64), 'f'.repeat(64), '"previous":"', noEntryBefore]) await ledger.append(about('ses_a', subject))
  expect((await linksOf('ses_a')).map(({ entry }) => (entry as { subject: string }).subject)).toEqual([
    '0'.repeat(64),
    'f'.repeat(64),
    '"previous":"',
    noEntryBefore,
  ])
  await scratch.close()
  expect((await scratch.verify()).problems).toEqual([])
})
