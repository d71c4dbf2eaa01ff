import fc from 'fast-check'
import { expect, test } from 'vitest'
import { realPathsOf } from '../../../src/enforce/real-paths.ts'
import { compileFrame, framesProblem } from '../../../src/model/frame.ts'
import type { Call } from '../../../src/model/call.ts'
import type { Json } from '../../../src/model/json.ts'
import { contractOf } from '../../../src/model/narrowing/contract-part.ts'
import type { ContractPart, PartFrame } from '../../../src/model/narrowing/contract-part.ts'
import { holds } from '../../../src/model/narrowing/holds.ts'
import { includes } from '../../../src/model/narrowing/includes.ts'
import { isNarrower } from '../../../src/model/narrowing/is-narrower.ts'
import { metPart } from '../../../src/model/narrowing/met-part.ts'
import { partProblem } from '../../../src/model/narrowing/part-problem.ts'
import { fieldSet, valueSet } from '../../../src/model/narrowing/value-set.ts'
import { changed, frame, params, part, partFrame, tools, value } from './arbitrary-parts.ts'

const ground = { params, base: '/srv/data' }

test('A frame of a contract lets the same values through as a part as it does in the contract.', () => {
  let inside = 0
  fc.assert(
    fc.property(frame, fc.option(value, { nil: undefined }), (declaration, given) => {
      const frames = new Map([['value', compileFrame(declaration, ground.base)]])
      const args = given === undefined ? {} : { value: given }
      const fits = framesProblem(frames, args, { params, realPaths: realPathsOf(frames, args, false) }) === null
      const { set, optional } = fieldSet(declaration, ground)
      expect(given === undefined ? optional : holds(set, given, null)).toBe(fits)
      if (fits) inside += 1
    }),
    { numRuns: 20_000 },
  )
  expect(inside).toBeGreaterThan(500)
})

test('Whatever is said to be within a frame is: no value of the one is outside the other.', () => {
  let within = 0
  const pair = partFrame.chain((outer) =>
    fc.tuple(
      fc.constant(outer),
      fc.oneof(
        partFrame,
        partFrame.map((more): PartFrame => ({ all: [more, outer] })),
        value.map((one): PartFrame => ({ oneOf: [one] })),
      ),
    ),
  )
  fc.assert(
    fc.property(pair, fc.array(value, { minLength: 20, maxLength: 20 }), ([outer, inner], values) => {
      const [wide, narrow] = [valueSet(outer, ground), valueSet(inner, ground)]
      if (!includes(wide, narrow)) return
      for (const one of values)
        if (holds(narrow, one, null)) {
          within += 1
          expect({ outer, inner, one, within: holds(wide, one, null) }).toMatchObject({ within: true })
        }
    }),
    { numRuns: 20_000 },
  )
  expect(within).toBeGreaterThan(1000)
})

test('A frame is within itself, and within itself when something more is asked; nothing is within a frame that another value fits.', () => {
  fc.assert(
    fc.property(partFrame, partFrame, value, (one, more, given) => {
      const set = valueSet(one, ground)
      // Alternatives that only hold a value between them are not told; each of them is.
      expect(includes(valueSet({ any: [one, more] }, ground), set)).toBe(true)
      expect(includes(set, valueSet({ all: [one, more] }, ground))).toBe(true)
      if (!holds(set, given, null)) expect(includes(set, { kind: 'oneOf', values: [given] })).toBe(false)
    }),
    { numRuns: 10_000 },
  )
})

test('A call that fits a part fits whatever the part was found to be narrower than.', () => {
  const call = fc.record({ tool: fc.constantFrom(...tools), arguments: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value) })
  const pair = part.chain((of) => fc.tuple(fc.constant(of), changed(of)))
  let [narrower, fitting] = [0, 0]
  fc.assert(
    fc.property(pair, fc.array(call, { minLength: 10, maxLength: 10 }), ([than, own], calls) => {
      if (isNarrower(own, than, ground) !== null) return
      narrower += 1
      for (const one of calls) {
        const made: Call = { id: 'call', livePin: null, realPaths: asWritten(one.arguments), ...one }
        if (partProblem(own, made, ground) !== null) continue
        fitting += 1
        expect({ than, own, one, problem: partProblem(than, made, ground) }).toMatchObject({ problem: null })
      }
    }),
    { numRuns: 3000 },
  )
  expect(narrower).toBeGreaterThan(300)
  expect(fitting).toBeGreaterThan(50)
})

/** Every path stands for itself, roots too. */
function asWritten(args: Record<string, Json>): Record<string, string> {
  const roots = ['/srv/data', '/srv/data/pub', '/']
  const frames = new Map(Object.keys(args).map((name) => [name, { check: () => null, optional: false, roots }]))
  return realPathsOf(frames, args, false) as Record<string, string>
}

const contract: ContractPart = contractOf({
  tools: {
    'mail.send': {
      to: { domain: '*.corp.example' },
      copies: { range: [1, '$most'] },
      subject: { pattern: '[a-z ]{1,40}' },
      cc: { prefix: 'a', optional: true },
    },
    'files.read': { path: { path: 'reports' }, how: { in: ['text', 'rows'] }, options: { fields: { limit: { range: { max: 10 } } } } },
  },
  allow: ['logging'],
  limits: { calls: 10, resultBytes: '5KB', minutes: 10, rates: { 'mail.send': '4/1h' }, repeats: 5 },
})

const send = contract.tools['mail.send']!
const read = contract.tools['files.read']!
const withSend = (frames: Record<string, PartFrame>, more = true): Partial<ContractPart> => ({
  tools: { 'mail.send': { frames: { ...send.frames, ...frames }, more } },
})
const withRead = (frames: Record<string, PartFrame>): Partial<ContractPart> => ({
  tools: { 'files.read': { frames: { ...read.frames, ...frames }, more: true } },
})
const withLimits = (limits: Partial<ContractPart['limits']>): Partial<ContractPart> => ({ limits: { ...contract.limits, ...limits } })

test('What a contract and parts let through together is narrower than the contract, and no call fits it that does not fit them all.', () => {
  let fitting = 0
  const chain = part.chain((than) => changed(than).chain((one) => changed(one).map((other) => ({ than, parts: [one, other] as const }))))
  const asked = fc.record({
    tool: fc.constantFrom(...tools),
    arguments: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value),
  })
  fc.assert(
    fc.property(chain, fc.array(asked, { minLength: 20, maxLength: 20 }), ({ than, parts }, calls) => {
      const met = metPart(than, [...parts])
      expect(isNarrower(met, than, ground)).toBeNull()
      for (const call of calls) {
        const whole: Call = { id: '', livePin: null, realPaths: {}, ...call }
        if (partProblem(met, whole, ground) !== null) continue
        fitting += 1
        for (const one of [than, ...parts]) expect(partProblem(one, whole, ground)).toBeNull()
      }
    }),
    { numRuns: 3000 },
  )
  expect(fitting).toBeGreaterThan(200)
})

test.each<[string, Partial<ContractPart>, RegExp]>([
  ['a tool more', { tools: { ...contract.tools, 'mail.drafts': { frames: {}, more: true } } }, /^tools: `mail\.drafts`/],
  [
    'an argument without its frame',
    { tools: { 'mail.send': { frames: {}, more: true } } },
    /^frames of `mail\.send`: `to` is without a frame/,
  ],
  ['a wider domain', withSend({ to: { domain: '*.example' } }), /`to`: .* not beyond doubt within/],
  ['the domain above those below it', withSend({ to: { domain: 'corp.example' } }), /`to`/],
  ['a domain that only ends alike', withSend({ to: { domain: '*.evilcorp.example' } }), /`to`/],
  ['a wider range', withSend({ copies: { range: [1, 4] } }), /`copies`/],
  ['a range without an end', withSend({ copies: { range: { min: 2 } } }), /`copies`/],
  ['a range by a parameter that there is not', withSend({ copies: 4 }), /`copies`/],
  ['another pattern, though it holds less', withSend({ subject: { pattern: '[a-z]{1,20}' } }), /`subject`: .* not beyond doubt/],
  ['a shorter prefix', withSend({ cc: { prefix: '', optional: true } }), /`cc`/],
  ['leaving out what must be given', withSend({ to: { domain: 'mail.corp.example', optional: true } }), /`to` could be left out/],
  ['a folder above', withRead({ path: { path: '.' } }), /^frames of `files\.read`: `path`/],
  ['a folder beside that begins alike', withRead({ path: { path: 'reports-of-others' } }), /`path`/],
  ['a folder that leads out', withRead({ path: { path: 'reports/../keys' } }), /`path`/],
  ['a value more', withRead({ how: { in: ['text', 'rows', 'raw'] } }), /`how`/],
  ['a field without its frame', withRead({ options: { fields: { other: 1 } } }), /`options`/],
  ['a wider field', withRead({ options: { fields: { limit: { range: { max: 11 } } } } }), /`options`/],
  ['a field that may be left out', withRead({ options: { fields: { limit: { range: { max: 1 }, optional: true } } } }), /`options`/],
  ['what a contract does not allow', { allow: ['logging', 'sampling'] }, /^allow: `sampling`/],
  ['more calls', withLimits({ calls: 11 }), /^limits: 11 calls/],
  ['calls without end', withLimits({ calls: null }), /^limits: unlimited calls/],
  ['calls that are no number', withLimits({ calls: Number.NaN }), /^limits: NaN calls/],
  ['more bytes', withLimits({ resultBytes: 5001 }), /^limits: 5001 bytes/],
  ['more minutes', withLimits({ lifetime: 600_001 }), /^limits: 600001 milliseconds/],
  ['more repeats', withLimits({ repeats: 6 }), /^limits: 6 repeats/],
  ['a higher rate', withLimits({ rates: { 'mail.send': { calls: 5, within: 3_600_000 } } }), /^limits: `mail\.send`/],
  ['the same rate in less time', withLimits({ rates: { 'mail.send': { calls: 4, within: 1_800_000 } } }), /could be called 8 times/],
  ['no rate', withLimits({ rates: {} }), /without limit/],
])('A part with %s is not narrower, and the reason says where.', (_, change, reason) => {
  const own = { ...contract, ...change }
  expect(isNarrower(own, contract, ground)).toMatch(reason)
  // The same between a part and a part.
  expect(isNarrower({ ...own, expires: 5 }, { ...contract, expires: 9 }, ground)).toMatch(reason)
})

test.each<[string, Partial<ContractPart>]>([
  ['as it is', {}],
  ['fewer tools', { tools: { 'files.read': read } }],
  ['no tools', { tools: {} }],
  ['one address', withSend({ to: 'ann@mail.corp.example' })],
  ['a domain below', withSend({ to: { domain: ['mail.corp.example', '*.sales.corp.example'] } })],
  ['part of a range', withSend({ copies: { range: [2, 3] } })],
  ['part of a range as a token writes it', withSend({ copies: { from: { at: 1, open: true }, to: { at: 3, open: true } } })],
  ['numbers of a range', withSend({ copies: { in: [1, 2] } })],
  ['the same pattern, and a prefix', withSend({ subject: { pattern: '[a-z ]{1,40}', prefix: 're ' } })],
  ['texts that match', withSend({ subject: { in: ['report', 'weekly report'] } })],
  ['what may be left out must be given', withSend({ cc: { prefix: 'ann@' } })],
  [
    'what may be left out may not be given',
    { tools: { 'mail.send': { frames: { to: send.frames['to']!, copies: 1, subject: 'x' }, more: false } } },
  ],
  ['a folder below', withRead({ path: { path: '/srv/data/reports/2026' } })],
  ['one file', withRead({ path: '/srv/data/reports/a.csv' })],
  ['a frame more', withRead({ rows: { range: [1, 2] } })],
  ['a field more', withRead({ options: { fields: { limit: 5, order: 'asc' } } })],
  [
    'smaller limits',
    withLimits({ calls: 1, resultBytes: 0, lifetime: 1, repeats: 1, rates: { 'mail.send': { calls: 2, within: 1_800_000 } } }),
  ],
  ['less allowed', { allow: [] }],
  ['an end', { expires: 7 }],
])('A part is narrower: %s.', (_, change) => {
  expect(isNarrower({ ...contract, ...change }, contract, ground)).toBeNull()
})

test('A part that ends later, or never, is not narrower than one that ends.', () => {
  expect(isNarrower({ ...contract, expires: 11 }, { ...contract, expires: 10 }, ground)).toMatch(/^expiry: .* is later than/)
  expect(isNarrower(contract, { ...contract, expires: 10 }, ground)).toMatch(/^expiry: never/)
})

test('A name that every object has is no tool and no argument of a part.', () => {
  const nobody = { ...contract, tools: {} }
  for (const name of ['toString', 'constructor', 'hasOwnProperty']) {
    expect(isNarrower({ ...contract, tools: { [name]: { frames: {}, more: true } } }, nobody, ground)).toMatch(/^tools: /)
    expect(partProblem(nobody, { tool: name, arguments: {} } as never, ground)).toMatch(/not among the tools/)
  }
})

test('A bound that does not belong to a range is not reopened.', () => {
  const from = (at: number, open: boolean): PartFrame => ({ from: { at, open }, to: null })
  const to = (at: number, open: boolean): PartFrame => ({ from: null, to: { at, open } })
  const within = (own: PartFrame, than: PartFrame): boolean => includes(valueSet(than, ground), valueSet(own, ground))
  for (const bound of [from, to]) {
    expect(within(bound(1, false), bound(1, true))).toBe(false)
    expect(within(bound(1, true), bound(1, false))).toBe(true)
    expect(within(bound(1, true), bound(1, true))).toBe(true)
  }
  expect(within(from(1, false), to(1, false))).toBe(false)
})
