import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readManifest } from '../../src/model/read-manifest.ts'
import { pinOf } from '../../src/model/pin.ts'
import { YamlSource } from '../../src/model/yaml-source.ts'
import { compileRuleset } from '../../src/model/compile-ruleset.ts'
import { emptyLock, formatLock, parseLock } from '../../src/model/lock.ts'
import { compiled, pinned } from '../decide/ruleset-for.ts'

const good = `trustDomain: corp.example
agents:
  clerk: { owner: office@corp.example, goals: [letters] }
toolboxes:
  mail:
    mcp: { command: node }
    tools:
      send: { effect: external, sinks: { to: recipient } }
goals:
  letters:
    params: { week: { type: string } }
    tools:
      mail.send: { to: $week }
`
const schemas = { 'mail.send': { type: 'object', properties: { to: {} } } }
const findings = (manifest: string): string[] =>
  compiled({ manifest, schemas }).diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`)

test('The manifest that the following tests spoil has nothing wrong with it.', () => {
  expect(compiled({ manifest: good, schemas }).diagnostics).toEqual([])
})

test.each([
  ['an unknown key at the top', 'agents:', 'agent: 1\nagents:', 'MANIFEST_UNKNOWN_KEY 2:1'],
  ['an unknown key inside', 'owner: office', 'ower: x, owner: office', 'MANIFEST_UNKNOWN_KEY 3:12'],
  ['a wrong type', 'goals: [letters]', 'goals: letters', 'MANIFEST_TYPE 3:47'],
  ['a missing key', 'owner: office@corp.example, ', '', 'MANIFEST_TYPE 3:10'],
  ['a missing section', 'trustDomain: corp.example\n', '', 'MANIFEST_TYPE 1:1'],
  ['a value that is not one of those allowed', 'effect: external', 'effect: harmless', 'MANIFEST_TYPE 8:23'],
  ['a sink that is none', 'to: recipient', 'to: somewhere', 'MANIFEST_TYPE 8:46'],
  ['neither command nor url', 'command: node', 'args: [x]', 'MANIFEST_TYPE 6:10'],
  ['both command and url', 'command: node', 'command: node, url: "http://x.example"', 'MANIFEST_TYPE 6:10'],
  ['a name with a blank', '  clerk:', '  "the clerk":', 'MANIFEST_TYPE 3:3'],
  ['a goal that is not declared', '[letters]', '[letters, lettres]', 'MANIFEST_REFERENCE 3:57'],
  ['a tool that is not in the inventory', 'mail.send: { to', 'mail.sent: { to', 'MANIFEST_REFERENCE 13:7'],
  ['a toolbox that is not there', 'mail.send: { to', 'post.send: { to', 'MANIFEST_REFERENCE 13:7'],
  ['a parameter that is not declared', '$week', '$weeks', 'MANIFEST_REFERENCE 13:24'],
  ['a parameter in a field that is not declared', '$week', '{ fields: { x: { fields: { y: $weeks } } } }', 'MANIFEST_REFERENCE 13:24'],
  ['a sink that is no argument', 'sinks: { to:', 'sinks: { too:', 'MANIFEST_REFERENCE 8:42'],
  ['a pattern with look-ahead', '$week', '{ pattern: "(?=x)" }', 'MANIFEST_TYPE 13:35'],
  ['a pattern that is none, in a field', '$week', '{ fields: { x: { pattern: "([" } } }', 'MANIFEST_TYPE 13:50'],
  ['a parameter whose pattern is none', 'type: string', 'type: string, pattern: "(("', 'MANIFEST_TYPE 11:46'],
  ['a path that is a parameter', '$week', '{ path: $week }', 'MANIFEST_TYPE 13:32'],
  ['a frame without a constraint', '$week', '{ optional: true }', 'MANIFEST_TYPE 13:24'],
  ['an unknown constraint', '$week', '{ in: [a], like: x }', 'MANIFEST_UNKNOWN_KEY 13:35'],
  [
    'a confirmation of another tool',
    '    tools:\n      mail.send',
    '    confirm: [mail.drafts]\n    tools:\n      mail.send',
    'MANIFEST_REFERENCE 12:15',
  ],
  [
    'a rate of another tool',
    '    tools:\n      mail.send',
    '    limits: { rates: { mail.drafts: 1/1h } }\n    tools:\n      mail.send',
    'MANIFEST_REFERENCE 12:24',
  ],
  [
    'a rate that is none',
    '    tools:\n      mail.send',
    '    limits: { rates: { mail.send: often } }\n    tools:\n      mail.send',
    'MANIFEST_TYPE 12:35',
  ],
  ['a limit of nothing', '    tools:\n      mail.send', '    limits: { calls: 0 }\n    tools:\n      mail.send', 'MANIFEST_TYPE 12:22'],
  ['a key given twice', 'trustDomain: corp.example', 'trustDomain: a\ntrustDomain: b', 'MANIFEST_SYNTAX 2:1'],
  ['a tab for indentation', '  clerk:', '\tclerk:', 'MANIFEST_SYNTAX 3:1'],
  ['a pin that is none', 'effect: external,', 'effect: external, pin: sha256:12,', 'MANIFEST_TYPE 8:38'],
  ['a pin that does not fit the lock', 'effect: external,', `effect: external, pin: sha256:${'0'.repeat(64)},`, 'TOOL_UNPINNED 8:7'],
])('It says where: %s.', (_, from, to, place) => {
  expect(good).toContain(from)
  expect(findings(good.replace(from, () => to))).toEqual([place])
})

test('Everything that is wrong is reported, in the order of the places.', () => {
  const bad = good.replace('office@', '').replace('effect: external', 'effect: nice').replace('type: string', 'type: text')
  expect(findings(bad)).toEqual(['MANIFEST_TYPE 8:23', 'MANIFEST_TYPE 11:29'])
  const references = good.replace('[letters]', '[letters, none]').replace('$week', '$weeks')
  expect(findings(references)).toEqual(['MANIFEST_REFERENCE 3:57', 'MANIFEST_REFERENCE 13:24'])
})

test('A tool without a pin, or whose definition is not in the lock, is refused; also one named like a member of every object.', () => {
  for (const tool of ['send', 'toString', 'constructor', 'valueOf']) {
    const yaml = new YamlSource(
      'bailiwick.yaml',
      good
        .replace('send: { effect: external, sinks: { to: recipient } }', `${tool}: { effect: external }`)
        .replace('mail.send', `mail.${tool}`),
    )
    const manifest = readManifest(yaml).manifest!
    const unpinned = compileRuleset({ yaml, manifest, lock: emptyLock, policies: [], base: '/' })
    expect(unpinned).toMatchObject({ ruleset: null, diagnostics: [{ code: 'TOOL_UNPINNED', line: 8 }] })
    const withPins = pinned(manifest, {})
    expect(compileRuleset({ yaml, manifest: withPins.manifest, lock: emptyLock, policies: [], base: '/' }).diagnostics).toMatchObject([
      { code: 'TOOL_UNPINNED' },
    ])
    expect(compileRuleset({ yaml, ...withPins, policies: [], base: '/' }).diagnostics).toEqual([])
  }
})

test('A lock whose definition was changed by hand no longer fits the pin.', () => {
  const yaml = new YamlSource('bailiwick.yaml', good)
  const { manifest, lock } = pinned(readManifest(yaml).manifest!, schemas)
  const changed = JSON.parse(JSON.stringify(lock).replace('does send', 'does send, and tells nobody'))
  expect(compileRuleset({ yaml, manifest, lock: changed, policies: [], base: '/' }).diagnostics).toMatchObject([
    { code: 'TOOL_UNPINNED', line: 8 },
  ])
})

test('A tool whose schema cannot be used is refused in its place.', () => {
  const broken = compiled({ manifest: good.replace(', sinks: { to: recipient }', ''), schemas: { 'mail.send': { type: 'nothing' } } })
  expect(broken.diagnostics).toMatchObject([{ code: 'TOOL_SCHEMA', line: 8, column: 7 }])
})

test('Aliases that stand for more than a manifest can hold are a finding, not a crash.', () => {
  const bomb = 'a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]'
  expect(findings(bomb)).toEqual(['MANIFEST_SYNTAX 1:1'])
})

test('Whatever text is given as a manifest, it is read or reported, with a place in the text.', () => {
  const spoiled = fc
    .tuple(
      fc.nat(good.length - 1),
      fc.nat(30),
      fc.oneof(
        fc.string({ maxLength: 8 }),
        fc.constantFrom('{', '[', '- ', ': ', '&a ', '*a', '!!x ', '|', '\n', '__proto__: ', '"', '# '),
      ),
    )
    .map(([at, length, text]) => good.slice(0, at) + text + good.slice(at + length))
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: spoiled }, { weight: 1, arbitrary: fc.string() }), (text) => {
      const lines = text.split('\n')
      const { ruleset, diagnostics } = compiled({ manifest: text, schemas })
      expect(ruleset !== null || diagnostics.length > 0).toBe(true)
      for (const { line, column } of diagnostics) {
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1)
      }
    }),
    { numRuns: 400 },
  )
})

test('A lock is read back as it was written, and what is no lock is refused.', () => {
  const { lock } = pinned(readManifest(new YamlSource('m', good)).manifest!, schemas)
  const read = parseLock(formatLock(lock))!
  expect(read).toEqual(lock)
  expect(pinOf(read.toolboxes['mail']!['send']!)).toBe(pinOf(lock.toolboxes['mail']!['send']!))
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"version":2,"toolboxes":{}}',
    '{"version":1}',
    '{"version":1,"toolboxes":{"a":{"b":{"name":"b"}}}}',
    '{"version":1,"toolboxes":{},"more":1}',
  ])
    expect(parseLock(text)).toBeNull()
})

test('The manifest of the worked example is of the right form.', () => {
  const file = new URL('../../../../examples/secure-data-analyst/bailiwick.yaml', import.meta.url)
  expect(readManifest(new YamlSource('bailiwick.yaml', readFileSync(file, 'utf8'))).diagnostics).toEqual([])
})
