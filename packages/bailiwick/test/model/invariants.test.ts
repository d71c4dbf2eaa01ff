import { expect, test } from 'vitest'
import { compiled } from '../decide/ruleset-for.ts'
import { office } from '../decide/office.ts'

function found(invariants: string): string[] {
  const text = office()
  const { diagnostics } = compiled({ ...text, manifest: `${text.manifest}invariants:\n${invariants}\n` })
  const first = text.manifest.split('\n').length
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, line, column, message }) => `${code} ${line - first}:${column} ${message}`)
}

test('An invariant over tools, effects, labels, arguments and approvals is taken.', () => {
  expect(found('  inside: { never: mail.send, when: { labels: [untrusted] }, unless: { input.to: { domain: corp.example } } }')).toEqual([])
  expect(found('  asked: { never: { effect: [external, destructive] }, unless: { approved: true }, severity: advisory }')).toEqual([])
  expect(found('  neither: { never: [notes.purge, mail.send] }')).toEqual([])
})

test('An invariant that could never speak of anything is an error in its place: unknown tools, labels, arguments, paths, patterns.', () => {
  expect(found('  a: { never: mail.sent }')).toEqual([
    expect.stringContaining('MANIFEST_REFERENCE 1:15 the tool `mail.sent` is not in the inventory'),
  ])
  expect(found('  a: { never: mail.send, when: { labels: [secrte] } }')).toEqual([
    expect.stringContaining('no tool carries the label `secrte`'),
  ])
  expect(found('  a: { never: mail.send, unless: { input.too: x } }')).toEqual([
    expect.stringContaining('MANIFEST_REFERENCE 1:36 none of its tools has an argument `too`'),
  ])
  expect(found('  a: { never: mail.send, unless: { facts.x: true } }')).toEqual([
    expect.stringContaining('`facts.x` says nothing about a call'),
  ])
  expect(found('  a: { never: mail.send, unless: { params.week: x } }')).toEqual([
    expect.stringContaining('no goal has a parameter `week`'),
  ])
  expect(found("  a: { never: mail.send, unless: { input.to: { pattern: '(?=x)' } } }")).toEqual([
    expect.stringContaining('MANIFEST_TYPE 1:'),
  ])
})

test('An invariant of the wrong form is an error: an empty condition, a misspelt key, no tool.', () => {
  expect(found('  a: { never: mail.send, when: {} }')).toHaveLength(1)
  expect(found('  a: { never: mail.send, whenn: { labels: [untrusted] } }')).toEqual([expect.stringContaining('MANIFEST_UNKNOWN_KEY 1:26')])
  expect(found('  a: { when: { labels: [untrusted] } }')).toHaveLength(1)
  expect(found('  a: { never: { effect: [outward] } }').length).toBeGreaterThan(0)
})
