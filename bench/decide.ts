import { fileURLToPath } from 'node:url'
import { decide } from '../packages/bailiwick/src/decide/decide.ts'
import type { DecisionInput } from '../packages/bailiwick/src/decide/decision-input.ts'
import { SessionUsage } from '../packages/bailiwick/src/decide/session-usage.ts'
import { paramsHash } from '../packages/bailiwick/src/decide/t0-identity.ts'
import { GovernedSession } from '../packages/bailiwick/src/enforce/governed-session.ts'
import { loadRuleset } from '../packages/bailiwick/src/model/load-ruleset.ts'
import type { Credential, Session } from '../packages/bailiwick/src/model/session.ts'
import { letsThrough } from '../packages/bailiwick/src/model/vocabulary.ts'
import type { Bench } from './measurement.ts'
import { durableRuntime, fsyncTimes } from './durable-runtime.ts'
import { quantile, time } from './measurement.ts'

/** A whole decision of the worked example: in memory, and recorded on disk before the answer, against the disk's own fsync. */
export const decideBench: Bench = async (report) => {
  const ruleset = loadRuleset(fileURLToPath(new URL('../examples/secure-data-analyst/bailiwick.yaml', import.meta.url)))
  const session: Session = {
    id: 'ses_bench',
    agent: 'sales-analyst',
    goal: 'weekly-sales-report',
    params: { week: '2026-W07' },
    person: null,
    request: null,
    opened: Date.now(),
    state: 'active',
  }
  const credential: Credential = {
    valid: true,
    tokenId: 'bench',
    agent: session.agent,
    session: session.id,
    goal: session.goal,
    paramsHash: paramsHash(session.params),
    expires: Number.MAX_SAFE_INTEGER,
  }
  const args = { week: '2026-W07', limit: 10 }
  const livePin = ruleset.tools.get('sales.list_sales')?.pin ?? null
  const input: DecisionInput = {
    call: { id: 'call_bench', tool: 'sales.list_sales', arguments: args, livePin, realPaths: {} },
    session,
    usage: new SessionUsage(),
    facts: {},
    credential,
    ruleset,
    approval: null,
    now: Date.now(),
  }
  if (!letsThrough(decide(input).response)) throw new Error(`the benchmark's own call is refused: ${decide(input).reason}`)
  for (let warm = 0; warm < 2000; warm += 1) decide(input)
  const memory = Array.from({ length: 20_000 }, () => {
    const start = performance.now()
    decide(input)
    return (performance.now() - start) * 1000
  })
  report({ case: 'in memory', subject: 'bailiwick', metric: 'median', unit: 'µs', value: quantile(memory, 0.5) })
  report({ case: 'in memory', subject: 'bailiwick', metric: 'p99', unit: 'µs', value: quantile(memory, 0.99) })

  const { runtime, folder, close } = await durableRuntime(ruleset)
  const fsync = fsyncTimes(folder, 2000)
  report({ case: 'durable, one at a time', subject: 'fsync', metric: 'median', unit: 'ms', value: quantile(fsync, 0.5) })
  // A gateway runs for days: what its first thousands of calls take, while they are compiled, is left out.
  for (const [width, count, warm] of [
    [1, 3000, true],
    [1, 2000, false],
    [64, 6400, false],
  ] as const) {
    // A contract's limits would end the benchmark, so every few calls a new session begins.
    const sessions = Array.from({ length: Math.ceil(count / 15) }, (_, number) => ({ ...session, id: `ses_${width}_${warm}_${number}` }))
    for (const one of sessions) await runtime.sessionStore.save(one)
    const governed = await Promise.all(sessions.map((one) => GovernedSession.open(runtime, one)))
    const start = performance.now()
    const samples = await time(count, width, (index) =>
      (governed[Math.floor(index / 15)] as GovernedSession).perform({
        point: 'bench',
        tool: 'sales.list_sales',
        arguments: { week: '2026-W07', limit: 1 + (index % 15) },
        livePin: async () => livePin,
        local: true,
        credential: async () => ({ ...credential, session: `ses_${width}_${warm}_${Math.floor(index / 15)}` }),
        signal: new AbortController().signal,
        onWaiting: async () => {},
        run: async () => ({ status: 'ok', error: null, value: null, recorded: null, bytes: 0 }),
      }),
    )
    const seconds = (performance.now() - start) / 1000
    await Promise.all(governed.map((one) => one.close()))
    if (warm) continue
    const name = width === 1 ? 'durable, one at a time' : `durable, ${width} at a time`
    report({ case: name, subject: 'bailiwick', metric: 'median', unit: 'ms', value: quantile(samples, 0.5) })
    report({ case: name, subject: 'bailiwick', metric: 'p99', unit: 'ms', value: quantile(samples, 0.99) })
    report({ case: name, subject: 'bailiwick', metric: 'rate', unit: '/s', value: count / seconds })
    if (width === 1)
      report({ case: name, subject: 'bailiwick', metric: 'over fsync', unit: '×', value: quantile(samples, 0.5) / quantile(fsync, 0.5) })
  }
  await close()
}
