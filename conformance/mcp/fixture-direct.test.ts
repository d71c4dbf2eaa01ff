import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFixtureProcess } from './fixture-process.ts'
import { listScenarios, runConformance } from './run-suite.ts'

let fixture: Awaited<ReturnType<typeof startFixtureProcess>>
beforeAll(async () => {
  fixture = await startFixtureProcess()
})
afterAll(async () => {
  expect(await fixture.stop()).toBe(0)
})

describe.each([
  { specVersion: '2025-06-18', scenarios: 26 },
  { specVersion: '2025-11-25', scenarios: 32 },
])('the official conformance suite for $specVersion', ({ specVersion, scenarios }) => {
  it(`passes all ${scenarios} server scenarios against the fixture, without a warning`, async () => {
    const results = await runConformance({ url: fixture.url, specVersion })
    expect(results.filter(({ passed, failed, warned }) => passed === 0 || failed + warned > 0)).toEqual([])
    expect(results.map(({ scenario }) => scenario)).toEqual(await listScenarios(specVersion))
    expect(results).toHaveLength(scenarios)
  })
})

describe('running the suite', () => {
  it('gives one result for a scenario asked for by name', async () => {
    const results = await runConformance({
      url: fixture.url,
      specVersion: '2025-11-25',
      scenario: 'server-sse-polling',
    })
    expect(results).toEqual([{ scenario: 'server-sse-polling', passed: 3, failed: 0, warned: 0, detail: '' }])
  })

  it('counts every scenario as failed, with the reason, when no server answers', async () => {
    const results = await runConformance({ url: 'http://127.0.0.1:9/mcp', specVersion: '2025-06-18' })
    expect(results).toHaveLength(26)
    for (const { failed, detail } of results) {
      expect(failed).toBe(1)
      expect(detail).toMatch(/^FAILURE \w+: Failed/)
    }
  })

  it('counts every scenario as failed when the suite is stopped before it has a result', async () => {
    const results = await runConformance({ url: fixture.url, specVersion: '2025-06-18', timeout: 1 })
    expect(results.every(({ detail }) => detail === 'no result: the suite was stopped after 1 ms')).toBe(true)
    expect(results).toHaveLength(26)
  })

  it('rejects a version and a scenario the suite does not know', async () => {
    await expect(runConformance({ url: fixture.url, specVersion: '1999-01-01' })).rejects.toThrow('cannot list `1999-01-01`')
    await expect(runConformance({ url: fixture.url, specVersion: '2025-11-25', scenario: 'no-such-scenario' })).rejects.toThrow(
      "Unknown scenario 'no-such-scenario'",
    )
  })
})
