import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeAbandonedCalls, thisInstance } from '../../src/ledger/crash-recovery.ts'
import type { Instance } from '../../src/ledger/instance-store.ts'
import { decision, ScratchLedger } from './scratch-ledger.ts'
import { runProcess } from './run-process.ts'

let scratch: ScratchLedger
beforeEach(() => {
  scratch = new ScratchLedger()
})
afterEach(() => scratch.remove())

/** A process that has ended. */
function ended(id: string): Instance {
  return { id, pid: spawnSync(process.execPath, ['--version']).pid, started: '' }
}

async function crashed(calls: number): Promise<void> {
  const { ledger, instances } = scratch.open('dead')
  await instances.save(ended('dead'))
  for (let index = 0; index < calls; index += 1) await ledger.append(decision(`call_${index}`))
}

test('Calls that a process which is gone left open are closed as unknown, once.', async () => {
  await crashed(3)
  const { ledger, store, instances } = scratch.open('next')
  await instances.save(thisInstance('next'))
  expect(await closeAbandonedCalls(ledger, store, instances)).toBe(3)
  expect(await closeAbandonedCalls(ledger, store, instances)).toBe(0)
  const bodies = (await store.entries(3, 10)).map((body) => JSON.parse(Buffer.from(body).toString()))
  expect(bodies).toHaveLength(3)
  for (const body of bodies)
    expect(body).toMatchObject({ type: 'outcome', status: 'unknown', instance: 'next', session: 'ses_1', result: null })
  expect(await instances.list()).toEqual([expect.objectContaining({ id: 'next' })])
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, open: 0, decisions: 3, outcomes: 3 })
})

test('Calls of a process that lives are left alone.', async () => {
  const { ledger: living, instances } = scratch.open('living')
  await instances.save(thisInstance('living'))
  await living.append(decision('call_1'))
  const { ledger, store } = scratch.open('next')
  await instances.save(thisInstance('next'))
  expect(await closeAbandonedCalls(ledger, store, instances)).toBe(0)
  expect(await store.openCalls()).toHaveLength(1)
})

test.runIf(process.platform === 'linux')('A process that has the number of an earlier one is not taken for it.', async () => {
  const { ledger: earlier, instances } = scratch.open('earlier')
  await instances.save({ ...thisInstance('earlier'), started: 'another boot:1' })
  await earlier.append(decision('call_1'))
  const { ledger, store } = scratch.open('next')
  await instances.save(thisInstance('next'))
  expect(await closeAbandonedCalls(ledger, store, instances)).toBe(1)
})

test('A process that never registered is gone.', async () => {
  await scratch.open('unregistered').ledger.append(decision('call_1'))
  const { ledger, store, instances } = scratch.open('next')
  await instances.save(thisInstance('next'))
  expect(await closeAbandonedCalls(ledger, store, instances)).toBe(1)
})

test('A process that dies while it closes calls leaves them for the next one.', async () => {
  await crashed(1)
  const { store, instances } = scratch.open('second')
  await instances.save(ended('second'))
  const [call] = await store.openCalls()
  expect(await store.claimCall(call!, 'second')).toBe(true)
  const { ledger } = scratch.open('third')
  await instances.save(thisInstance('third'))
  expect(await closeAbandonedCalls(ledger, store, instances)).toBe(1)
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, open: 0 })
})

/** The store, which lets `then` happen after the first use of one of its methods, before the result is given. */
function interrupted<T extends object>(store: T, step: string, then: () => Promise<unknown>): T {
  let interrupting = false
  return new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        const result = await method.apply(target, args)
        if (name === step && !interrupting) {
          interrupting = true
          await then()
        }
        return result
      }
    },
  })
}

test.each(
  ['list', 'openCalls', 'claimCall', 'remove'].flatMap((first) =>
    ['save', 'list', 'openCalls', 'claimCall', 'remove'].map((second) => ({ first, second })),
  ),
)(
  'When one recovery stops after $first, another comes as far as $second, and then both go on, each call is closed once.',
  async ({ first, second }) => {
    await crashed(2)
    const one = scratch.open('one')
    const two = scratch.open('two')
    let resume = (): void => {}
    const resumed = new Promise<void>((resolve) => (resume = resolve))
    let other: Promise<unknown> = Promise.resolve()
    const startOther = (): Promise<void> =>
      new Promise((reached) => {
        const pause = async (): Promise<void> => {
          reached()
          await resumed
        }
        const [store, instances] = [interrupted(two.store, second, pause), interrupted(two.instances, second, pause)]
        other = instances
          .save(thisInstance('two'))
          .then(() => closeAbandonedCalls(two.ledger, store, instances))
          .then(() => reached())
      })
    await one.instances.save(thisInstance('one'))
    await closeAbandonedCalls(one.ledger, interrupted(one.store, first, startOther), interrupted(one.instances, first, startOther))
    resume()
    await other
    await scratch.close()
    expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], open: 0, outcomes: 2 })
  },
)

test('Three processes that start at once close each abandoned call once.', async () => {
  await crashed(30)
  await scratch.close()
  const closed = await Promise.all(['a', 'b', 'c'].map((name) => runProcess('recoverer.ts', scratch.folder, name)))
  expect(closed.map(Number).reduce((sum, count) => sum + count)).toBe(30)
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], open: 0, outcomes: 30 })
})
