import { createAdaptorServer } from '@hono/node-server'
import { formatNoteKey, noteKey } from '@bailiwick/tlog'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { listenOnLoopback } from '../../src/enforce/mcp/loopback.ts'
import type { ManifestOnDisk } from '../attack/installation.ts'
import { runningWitness } from '../ledger/running-witness.ts'
import type { RunningWitness } from '../ledger/running-witness.ts'
import { forbid, openGateway } from './live-gateway.ts'
import type { LiveGateway } from './live-gateway.ts'

interface Witnessed extends ManifestOnDisk {
  ledger?: { policy: string }
}

let gateway: LiveGateway
let [one, two]: RunningWitness[] = []

function policyOf(witness: RunningWitness, log = gateway.installation.ledgerKey): string {
  return `log ${log}\n${witness.line}\nquorum ${witness.line.split(' ')[1]}\n`
}

function name(policy: string | null): void {
  gateway.edit((manifest: Witnessed) => {
    if (policy === null) delete manifest.ledger
    else manifest.ledger = { policy }
  })
}

/** Appends something, and waits until its head was shown to the witnesses. */
async function work(): Promise<number> {
  const { ledger, ledgerStore } = gateway.installation.runtime
  await ledger.append({ type: 'event', event: 'upstream', session: null, subject: 'x', detail: 'x' })
  await ledger.signHead()
  await ledger.assertWitnessed()
  return ledgerStore.size()
}

const digest = (): string | null => gateway.installation.witnesses?.digest ?? null

beforeEach(async () => {
  gateway = await openGateway()
  const { ledgerKey } = gateway.installation
  one = await runningWitness('one', 1, ledgerKey)
  two = await runningWitness('two', 2, ledgerKey)
  await gateway.write('trust.policy', policyOf(one))
  name('trust.policy')
  await gateway.reload()
})

describe('a trust policy that changes while the gateway runs', () => {
  it('is in force from the next look on: its witnesses see the newest head at once, those of before see no more, and it is on record', async () => {
    await gateway.watcher.stop()
    expect(await one?.size()).toBeGreaterThan(0)
    const size = await work()
    expect(await one?.size()).toBe(size)
    const first = digest()

    await gateway.write('trust.policy', policyOf(two as RunningWitness))
    await gateway.reload()
    await gateway.watcher.stop()
    expect(await two?.size()).toBeGreaterThan(0)
    const later = await work()
    expect([await one?.size(), await two?.size()]).toEqual([size, later])
    const second = digest()
    expect(second).not.toBe(first)
    expect(gateway.lines).toContain(`the trust policy ${second} is in force instead of ${first}`)

    name(null)
    await gateway.reload()
    expect(await work()).toBeGreaterThan(later)
    expect(await two?.size()).toBe(later)
    expect(gateway.reloads.filter((entry) => entry.event === 'trust-policy')).toMatchObject([
      { trustDigest: first, before: null },
      { trustDigest: second, before: first },
      { trustDigest: null, before: second },
    ])
  })

  it('stays as it was when it cannot be read, is none, or is about another ledger, with all that came with it, and that is told once', async () => {
    const before = [digest(), gateway.digest]
    const other = `log ${formatNoteKey(noteKey('other.example/log', 1, new Uint8Array(32).fill(9)))}\nquorum none\n`
    for (const [change, says] of [
      [() => gateway.write('trust.policy', 'witness\n'), 'line 1 of the policy'],
      [() => gateway.write('trust.policy', other), 'is about another ledger'],
      [() => gateway.remove('trust.policy'), 'is not there'],
      [async () => name('elsewhere.policy'), 'elsewhere.policy'],
    ] as const) {
      const told = gateway.lines.length
      await change()
      await gateway.policy('a.cedar', forbid('honest'))
      for (let round = 0; round < 3; round++) await gateway.reload()
      expect(gateway.lines.slice(told)).toEqual([
        expect.stringContaining(`the rules in force stay as they are (${gateway.digest})`),
        expect.stringContaining(says),
      ])
      expect([digest(), gateway.digest]).toEqual(before)
      const size = await work()
      expect(await one?.size()).toBe(size)
    }
    // The file that the refused manifest names is looked at as well.
    await gateway.write('elsewhere.policy', policyOf(two as RunningWitness))
    for (let round = 0; round < 2; round++) await gateway.reload()
    expect(digest()).not.toBe(before[0])
    const size = await work()
    expect(await two?.size()).toBe(size)
  })

  it('may bring a witness that has cosigned more than there is, and then nothing more is recorded', async () => {
    const known = (): Response => new Response('100000\n', { status: 409, headers: { 'content-type': 'text/x.tlog.size' } })
    const server = await listenOnLoopback(createAdaptorServer({ fetch: known }), 0)
    onTestFinished(() => server.close())
    await gateway.write('trust.policy', policyOf(two as RunningWitness).replace(/ http:\S+/, ` ${server.origin}`))
    await gateway.reload()
    await gateway.watcher.stop()
    await expect(work()).rejects.toMatchObject({ code: 'LEDGER_DISOWNED' })
    expect(gateway.lines.at(-1)).toContain('nothing more is recorded: the witness `two` has cosigned 100000 entries of this ledger')
  })

  it('is a file that no tool may touch', () => {
    expect(gateway.installation.runtime.rules.current.own).toContain(gateway.path('trust.policy'))
  })
})
