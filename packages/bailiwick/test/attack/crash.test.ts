import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { vaultMasterKey } from '../../src/cli/vault-master-key.ts'
import { PayloadCipher } from '../../src/ledger/vault/payload-cipher.ts'
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.ts'
import { SqliteLedgerStore } from '../../src/storage/sqlite/sqlite-ledger-store.ts'
import { AttackInstallation, eventually } from './installation.ts'
import { append } from './servers/append-tool.ts'
import { StdioGateway } from './stdio-gateway-process.ts'
import { keptValue } from '../ledger/kept-payload.ts'

/** Set it to the seed of a failure to have the same kills again. */
const seed = Number(process.env['ATTACK_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
const kills = 200
const atOnce = 16

let installation: AttackInstallation
let gateway: StdioGateway | null = null

beforeAll(() => {
  installation = new AttackInstallation({ server: 'append-server.ts', tools: [append] })
})
afterAll(async () => {
  await gateway?.kill()
  installation?.remove()
})

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function random(state: number): () => number {
  let next = state
  return () => {
    next = (next + 0x6d2b79f5) | 0
    let mixed = Math.imul(next ^ (next >>> 15), next | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Calls without pause until the gateway is gone. */
async function load(target: StdioGateway, name: string): Promise<void> {
  for (let number = 0; ; number += 1) {
    try {
      await target.call('append', { id: `${name}.${number}` })
    } catch {
      return // It was killed, which is the point.
    }
  }
}

/** The ids in the arguments of calls that were let through, each as often as it was. */
async function allowedIds(): Promise<string[]> {
  const database = new SqliteDatabase(installation.database)
  try {
    const store = new SqliteLedgerStore(database, new PayloadCipher(vaultMasterKey(join(dirname(installation.database), 'keys')), Date.now))
    const allowed = installation.entriesOf('decision').filter((entry) => entry.response === 'allow')
    return await Promise.all(allowed.map(async (entry) => ((await keptValue(store, entry.arguments.hash)) as { id: string }).id))
  } finally {
    database.close()
  }
}

describe(`a gateway that is killed ${kills} times under load (seed ${seed})`, () => {
  it('let no call reach the tool without a durable decision, and closes each open call once as unknown', async () => {
    const next = random(seed)
    for (let round = 0; round < kills; round += 1) {
      gateway = await StdioGateway.start(installation)
      // Now and then it is killed while the toolbox still starts.
      if (round % 5 !== 0) await gateway.call('append', { id: `${round}.first` })
      const loads = Array.from({ length: atOnce }, (_, index) => load(gateway as StdioGateway, `${round}.${index}`))
      await sleep(next() * 150)
      await gateway.kill()
      await Promise.all(loads)
    }
    // One that ends in order closes what the last kill left open.
    gateway = await StdioGateway.start(installation)
    await gateway.call('append', { id: 'last' })
    await gateway.stop()

    const written = readFileSync(`${installation.toolLog}.ids`, 'utf8').trimEnd().split('\n')
    const allowed = await allowedIds()
    const known = new Set(allowed)
    expect(written.length, `seed ${seed}`).toBeGreaterThan(kills)
    expect(new Set(written).size, `seed ${seed}: the tool ran a call twice`).toBe(written.length)
    expect(
      written.filter((id) => !known.has(id)),
      `seed ${seed}: reached the tool without a decision`,
    ).toEqual([])

    const decisions = installation.entriesOf('decision').filter((entry) => entry.response === 'allow')
    const outcomes = installation.entriesOf('outcome')
    const unknown = outcomes.filter((entry) => entry.status === 'unknown')
    expect(new Set(outcomes.map((entry) => entry.call)).size, `seed ${seed}: an outcome too many`).toBe(outcomes.length)
    expect(outcomes.map((entry) => entry.call).sort(), `seed ${seed}`).toEqual(decisions.map((entry) => entry.call).sort())
    expect(unknown.length, `seed ${seed}: no kill came in a call`).toBeGreaterThan(0)

    const report = await installation.json<{ ok: boolean; open: number; problems: string[] }>('log', 'verify')
    expect(report, `seed ${seed}`).toMatchObject({ ok: true, open: 0, problems: [] })
  }, 900_000)

  it('left no toolbox behind', async () => {
    expect(installation.reached('started').length).toBeGreaterThan(kills)
    await eventually(() => installation.running().length === 0, 'the end of every toolbox')
  })
})
