import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inFrame } from '../../src/evals/oracle/frame-oracle.ts'
import { hostileValues } from '../../src/evals/attacks/hostile-values.ts'
import type { Json } from '../../src/model/json.ts'
import { compileFrame } from '../../src/model/frame.ts'
import type { FrameDeclaration } from '../../src/model/manifest.ts'
import { realPathsOf } from '../../src/enforce/real-paths.ts'

const params = { week: '2026-W07', most: 50 }
const base = '/srv/corp'

const frames: readonly (readonly [FrameDeclaration, Json])[] = [
  ['$week', '2026-W07'],
  [7, 7],
  ['$$week', '$week'],
  [{ in: ['a@corp.example', 'b@corp.example'] }, 'a@corp.example'],
  [{ range: [1, 50] }, 20],
  [{ range: { min: 0 } }, 3],
  [{ range: { max: '$most' } }, 3],
  [{ prefix: 'https://api.corp.example/v2/' }, 'https://api.corp.example/v2/users'],
  [{ domain: 'corp.example' }, 'a@corp.example'],
  [{ domain: ['*.corp.example', 'corp.example'] }, 'https://www.corp.example/x'],
  [{ path: 'data' }, '/srv/corp/data/a.txt'],
  [{ pattern: '[a-z]{1,8}' }, 'report'],
  [{ fields: { to: { domain: 'corp.example' }, note: { optional: true, pattern: '[a-z ]*' } } }, { to: 'a@corp.example' }],
]

function engine(frame: FrameDeclaration, value: Json): 'inside' | 'outside' {
  const compiled = compileFrame(frame, base)
  const realPaths = realPathsOf(new Map([['x', compiled]]), { x: value }, false)
  return compiled.check(value, 'x', { params, realPaths }) === null ? 'inside' : 'outside'
}

test.each(frames)(
  'The oracle, which reads frames anew, and the engine agree on %j: for what is meant, and for everything an attacker tries.',
  (frame, honest) => {
    expect(inFrame(honest, frame, { params, base, local: false })).toBe('inside')
    expect(engine(frame, honest)).toBe('inside')
    let outside = 0
    for (const sink of ['recipient', 'url', 'path', null] as const)
      for (const { value, trick } of hostileValues({
        honest,
        schema: { type: 'string' },
        frame,
        sink,
        params,
        base,
        own: ['/srv/corp/bailiwick.yaml'],
      })) {
        const said = inFrame(value, frame, { params, base, local: false })
        if (said === 'unknown') continue
        expect(`${trick}: ${engine(frame, value)}`).toBe(`${trick}: ${said}`)
        if (said === 'outside') outside += 1
      }
    expect(outside).toBeGreaterThan(15)
  },
)

test('They agree on any JSON.', () => {
  const frame = fc.constantFrom(...frames.map(([one]) => one))
  fc.assert(
    fc.property(frame, fc.jsonValue(), (one, value) => {
      const said = inFrame(value as Json, one, { params, base, local: false })
      if (said !== 'unknown') expect(engine(one, value as Json)).toBe(said)
    }),
    { numRuns: 1000 },
  )
})

test('An oracle that takes what is outside for inside would let an attacker through unseen: a neighbour, a host that ends alike, a bound passed by one.', () => {
  const outside: readonly (readonly [FrameDeclaration, Json])[] = [
    [{ path: 'data' }, '/srv/corp/data-EVIL/x'],
    [{ path: 'data' }, '/srv/corp/data/../EVIL'],
    [{ domain: 'corp.example' }, 'a@evilcorp.example'],
    [{ domain: '*.corp.example' }, 'a@corp.example'],
    [{ domain: 'corp.example' }, 'https://corp.example@evil.example/'],
    [{ range: [1, 50] }, 51],
    [{ range: [1, 50] }, '20'],
    [{ in: ['a'] }, ['b']],
    [{ fields: { to: 'a' } }, {}],
  ]
  for (const [frame, value] of outside)
    expect(`${JSON.stringify(value)} ${inFrame(value, frame, { params, base, local: false })}`).toBe(`${JSON.stringify(value)} outside`)
})
