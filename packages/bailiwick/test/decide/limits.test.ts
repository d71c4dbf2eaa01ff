import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callKey, decide } from '../../src/decide/decide.ts'
import { loopWindow, SessionUsage } from '../../src/decide/session-usage.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { office } from './office.ts'
import { inputFor, noon, rulesetFor } from './ruleset-for.ts'

/** Decides and counts as an enforcement point does, in one turn. */
class Desk {
  readonly usage = new SessionUsage()
  now = noon
  readonly #ruleset: Ruleset

  constructor(ruleset: Ruleset) {
    this.#ruleset = ruleset
  }

  send(body: string): string {
    const args = { to: 'ann@corp.example', body }
    const { response, rule } = decide(inputFor(this.#ruleset, 'mail.send', args, { usage: this.usage, now: this.now }))
    this.usage.decided({ key: callKey('mail.send', args), tool: 'mail.send', allowed: response === 'allow', now: this.now })
    return response === 'allow' ? 'allow' : rule
  }
}

const desk = (limits: string): Desk => new Desk(rulesetFor(office({ more: `limits: { ${limits} }` })))

test('A session may make as many calls as its goal allows, and not one more; denied calls do not count.', () => {
  const counted = desk('calls: 2')
  expect([counted.send('1'), counted.send('2'), counted.send('3'), counted.send('4')]).toEqual(['allow', 'allow', 'T4.calls', 'T4.calls'])
  expect(counted.usage).toMatchObject({ calls: 2, denied: 2 })
})

test('A session ends with the minute that its goal allows it.', () => {
  const timed = desk('minutes: 10')
  timed.now = noon + 599_999
  expect(timed.send('1')).toBe('allow')
  timed.now = noon + 600_000
  expect(timed.send('2')).toBe('T4.minutes')
})

test('A session stops once results have brought the bytes that its goal allows.', () => {
  const fed = desk('resultBytes: 1KB')
  fed.usage.finished({ bytes: 999, labels: [] })
  expect(fed.send('1')).toBe('allow')
  fed.usage.finished({ bytes: 1, labels: [] })
  expect(fed.send('2')).toBe('T4.resultBytes')
})

test('A rate holds within its window and recovers after it.', () => {
  const rated = desk('rates: { mail.send: 2/1m }')
  expect([rated.send('1'), rated.send('2'), rated.send('3')]).toEqual(['allow', 'allow', 'T4.rate'])
  rated.now += 59_999
  expect(rated.send('4')).toBe('T4.rate')
  rated.now += 1
  expect([rated.send('5'), rated.send('6'), rated.send('7')]).toEqual(['allow', 'allow', 'T4.rate'])
})

test('A clock that jumps back gives no agent its rate or its time anew, and does not end a session.', () => {
  const rated = desk('rates: { mail.send: 2/1m }, minutes: 10')
  rated.now = noon + 300_000
  expect([rated.send('1'), rated.send('2')]).toEqual(['allow', 'allow'])
  rated.now = noon - 86_400_000
  expect(rated.send('3')).toBe('T4.rate')
  rated.now = noon + 300_001
  expect(rated.send('4')).toBe('T4.rate')
})

test('A rate is per tool: calls of another do not count.', () => {
  const usage = new SessionUsage()
  for (const tool of ['notes.read', 'notes.read', 'mail.send']) usage.decided({ key: tool, tool, allowed: true, now: noon })
  expect(usage.callsWithin('mail.send', 1000, noon)).toBe(1)
  expect(usage.callsWithin('notes.read', 1000, noon + 999)).toBe(2)
  expect(usage.callsWithin('notes.read', 1000, noon + 1000)).toBe(0)
})

test('The same call over and over is a loop, also when it was denied; another call in between does not hide it.', () => {
  const looping = desk('repeats: 3')
  expect([looping.send('x'), looping.send('x'), looping.send('y'), looping.send('x'), looping.send('x')]).toEqual([
    'allow',
    'allow',
    'allow',
    'allow',
    'T4.loop',
  ])
  expect(looping.send('z')).toBe('allow')
})

test('A loop is forgotten once twenty other calls have come after it.', () => {
  const looping = desk('repeats: 1')
  looping.send('x')
  for (let other = 0; other < loopWindow - 1; other += 1) looping.send(`other ${other}`)
  expect(looping.send('x')).toBe('T4.loop')
  for (let other = 0; other < loopWindow; other += 1) looping.send(`more ${other}`)
  expect(looping.send('x')).toBe('allow')
})

test('The same arguments in another order are the same call; another tool or another value is not.', () => {
  expect(callKey('a.b', { x: 1, y: [1, 2] })).toBe(callKey('a.b', { y: [1, 2], x: 1 }))
  const keys = [callKey('a.b', { x: 1 }), callKey('a.b', { x: '1' }), callKey('a.c', { x: 1 }), callKey('a.b', {})]
  expect(new Set(keys).size).toBe(keys.length)
})

test('What a result carried is held by the session: labels stay.', () => {
  const usage = new SessionUsage()
  usage.finished({ bytes: 1, labels: ['pii'] })
  usage.finished({ bytes: 1, labels: ['pii', 'untrusted'] })
  expect([...usage.labels].sort()).toEqual(['pii', 'untrusted'])
  const rules = rulesetFor(
    office(
      {},
      {
        'a.cedar':
          '@id("trifecta") forbid(principal, action == Action::"mail.send", resource) when { context.labels.contains("untrusted") };',
      },
    ),
  )
  expect(decide(inputFor(rules, 'mail.send', { to: 'ann@corp.example' }, { usage })).rule).toBe('trifecta')
})

test('A rate counts every call within its window, also those that no rate looked back on when they were made, whatever the clock did.', () => {
  const time = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 40 })
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 220 }), fc.integer({ min: 1, max: 250 }), (times, now, within) => {
      const usage = new SessionUsage()
      for (const made of times) usage.decided({ key: String(made), tool: 'mail.send', allowed: true, now: made })
      expect(usage.callsWithin('mail.send', within, now)).toBe(times.filter((made) => now - made < within).length)
    }),
  )
})
