import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFixtureProcess } from './fixture-process.ts'
import { startForwarder } from './forwarder.ts'
import type { Forwarder } from './forwarder.ts'
import { startGovernedFixture } from './governed-fixture.ts'
import type { GovernedFixture } from './governed-fixture.ts'
import { runConformance } from './run-suite.ts'

describe.each([{ place: 'stdio' }, { place: 'http' }])(
  'the official conformance suite through the gateway, with the fixture behind it over $place',
  ({ place }) => {
    let upstream: Awaited<ReturnType<typeof startFixtureProcess>> | null = null
    let governed: GovernedFixture | undefined
    let forwarder: Forwarder | undefined

    beforeAll(async () => {
      upstream = place === 'http' ? await startFixtureProcess() : null
      governed = await startGovernedFixture(upstream === null ? 'stdio' : { url: upstream.url })
      // The suite sends no token, and the gateway lets nobody in without one.
      forwarder = await startForwarder({ target: new URL(governed.url), headers: { authorization: `Bearer ${governed.token}` } })
    })
    afterAll(async () => {
      await forwarder?.close()
      await governed?.stop()
      await upstream?.stop()
    })

    it.each([
      { specVersion: '2025-06-18', scenarios: 26 },
      { specVersion: '2025-11-25', scenarios: 32 },
    ])(
      'passes all $scenarios server scenarios of $specVersion',
      async ({ specVersion, scenarios }) => {
        const results = await runConformance({ url: (forwarder as Forwarder).url, specVersion })
        expect(results.filter(({ passed, failed }) => passed === 0 || failed > 0)).toEqual([])
        expect(results).toHaveLength(scenarios)
      },
      180_000,
    )

    it('has a receipt for each call that the suite made, in a ledger that verifies', async () => {
      const report = JSON.parse(await (governed as GovernedFixture).bailiwick('log', 'verify', '--json')) as {
        ok: boolean
        open: number
        decisions: number
      }
      expect(report).toMatchObject({ ok: true, open: 0 })
      expect(report.decisions).toBeGreaterThan(20)
    })
  },
)
