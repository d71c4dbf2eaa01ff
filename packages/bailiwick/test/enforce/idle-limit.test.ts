import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { IdleLimit } from '../../src/enforce/mcp/idle-limit.ts'

const limits: IdleLimit[] = []
afterEach(() => {
  for (const limit of limits.splice(0)) limit.stop()
})

function limited(idle: number, longest: number): IdleLimit {
  const limit = new IdleLimit(idle, longest)
  limits.push(limit)
  return limit
}

test('Work that shows no sign of life is given up.', async () => {
  const limit = limited(50, 10_000)
  await expect.poll(() => limit.signal.aborted).toBe(true)
})

test('Signs of life keep work going, though not for ever.', async () => {
  const limit = limited(200, 600)
  const stirring = setInterval(() => limit.stir(), 10)
  await sleep(400)
  expect(limit.signal.aborted).toBe(false)
  await expect.poll(() => limit.signal.aborted).toBe(true)
  clearInterval(stirring)
})

test('Time in which work is held does not count, neither as idle nor in all.', async () => {
  const limit = limited(50, 100)
  const release = limit.hold()
  await sleep(300)
  expect(limit.signal.aborted).toBe(false)
  release()
  await expect.poll(() => limit.signal.aborted).toBe(true)
})
