import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { factPlan } from '../packages/bailiwick/src/decide/facts/fact-plan.ts'
import { History } from '../packages/bailiwick/src/decide/facts/history.ts'
import type { PastCall } from '../packages/bailiwick/src/decide/facts/past-event.ts'
import { paramsHash } from '../packages/bailiwick/src/decide/t0-identity.ts'
import { GovernedSession } from '../packages/bailiwick/src/enforce/governed-session.ts'
import type { Ruleset } from '../packages/bailiwick/src/model/ruleset.ts'
import type { Session } from '../packages/bailiwick/src/model/session.ts'
import { durableRuntime, fsyncTimes } from './durable-runtime.ts'
import { concentratedRules, spreadRules, toolCount } from './fact-rules.ts'
import type { Bench } from './measurement.ts'
import { quantile, time } from './measurement.ts'

const factCounts = [10, 100, 1000]
const eventCounts = [200, 10_000, 1_000_000]
/** Milliseconds between two events: a long history is longer than the facts' windows. */
const spacing = 100

/** What facts cost: an event taken in, the facts of a call asked for, and whole decisions made durable in the shape of Dogwood's figures. */
export const factsBench: Bench = async (report) => {
  for (const facts of factCounts) {
    const ruleset = spreadRules(facts)
    for (const events of eventCounts)
      inMemory(ruleset, events, (metric, unit, value) =>
        report({ case: `${facts} facts, ${events} events`, subject: 'bailiwick', metric, unit, value }),
      )
  }
  for (const policies of factCounts) await durable(concentratedRules(policies), `durable, ${policies} policies, 200 events`, report)
}

function inMemory(ruleset: Ruleset, events: number, report: (metric: string, unit: string, value: number) => void): void {
  const history = new History(factPlan(ruleset.facts.values(), 'session'))
  const before = heap()
  const start = performance.now()
  for (let index = 0; index < events; index += 1) history.note(eventAt(index), index * spacing)
  const noting = performance.now() - start
  const held = heap() - before
  const now = events * spacing
  const asked: number[] = []
  for (let round = 0; round < 5000; round += 1) {
    const call = eventAt(round)
    const read = ruleset.factsRead.get(call.tool) ?? []
    const begin = performance.now()
    for (const { name } of read) history.value(history.plan.places.get(name) as number, call, now)
    asked.push((performance.now() - begin) * 1000)
  }
  report('an event', 'µs', (noting / events) * 1000)
  report("a call's facts, median", 'µs', quantile(asked, 0.5))
  report("a call's facts, p99", 'µs', quantile(asked, 0.99))
  report('memory held', 'MB', Math.max(0, held) / 1e6)
}

function eventAt(index: number): PastCall {
  const input = { user: `user${(index * 7) % 50}`, document: `document${(index * 13) % 200}`, amount: index % 1000 }
  return {
    kind: 'call',
    tool: `box.tool${index % toolCount}`,
    agent: 'clerk',
    person: null,
    goal: 'work',
    session: 'ses',
    params: {},
    input,
    response: 'allow',
    facts: {},
  }
}

/** Bytes of the heap that are in use once everything that is not has been collected. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}

async function durable(ruleset: Ruleset, name: string, report: Parameters<Bench>[0]): Promise<void> {
  const { runtime, folder, close } = await durableRuntime(ruleset)
  const fsync = quantile(fsyncTimes(folder, 500), 0.5)
  report({ case: name, subject: 'fsync', metric: 'median', unit: 'ms', value: fsync })
  for (const width of [1, 64]) {
    const id = `ses_${width}`
    const session: Session = {
      id,
      agent: 'clerk',
      goal: 'work',
      params: {},
      person: null,
      request: null,
      opened: Date.now(),
      state: 'active',
    }
    await runtime.sessionStore.save(session)
    const governed = await GovernedSession.open(runtime, session)
    const call = async (tool: string, note: string): Promise<void> => {
      const performed = await governed.perform({
        point: 'bench',
        tool,
        arguments: { user: 'user1', amount: 1, note },
        livePin: async () => ruleset.tools.get(tool)?.pin ?? null,
        local: true,
        credential: async () => ({
          valid: true,
          tokenId: 'bench',
          agent: 'clerk',
          session: id,
          goal: 'work',
          paramsHash: paramsHash({}),
          expires: Number.MAX_SAFE_INTEGER,
        }),
        signal: new AbortController().signal,
        onWaiting: async () => {},
        run: async () => ({ status: 'ok', error: null, value: null, recorded: null, bytes: 0 }),
      })
      if (performed.kind === 'denied') throw new Error(`the benchmark's own call is refused: ${performed.decision.reason}`)
    }
    await time(200, 8, (index) => call('box.tool0', `${index}`))
    const count = width === 1 ? 1000 : 4000
    const start = performance.now()
    const samples = await time(count, width, (index) => call('box.tool1', `${index}`))
    const seconds = (performance.now() - start) / 1000
    const at = width === 1 ? 'one at a time' : `${width} at a time`
    report({ case: name, subject: 'bailiwick', metric: `median, ${at}`, unit: 'ms', value: quantile(samples, 0.5) })
    report({ case: name, subject: 'bailiwick', metric: `rate, ${at}`, unit: '/s', value: count / seconds })
    await governed.close()
  }
  await close()
}
