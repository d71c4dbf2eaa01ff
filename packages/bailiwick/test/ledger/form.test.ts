import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { entryForms } from '../../src/ledger/form/entry-forms.ts'
import { entryJsonSchema } from '../../src/ledger/form/entry-json-schema.ts'
import { formProblem } from '../../src/ledger/form/form-problem.ts'
import { entryTypes } from '../../src/model/export.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { fillWithEverything } from '../export/told-ledger.ts'
import { earlierDecision, earlierEntries } from './earlier-entries.ts'
import { entriesOf, ScratchLedger } from './scratch-ledger.ts'

let entries: readonly JsonObject[]
const published = new Ajv2020({ strict: false }).compile(entryJsonSchema())

beforeAll(async () => {
  const scratch = new ScratchLedger()
  const { ledger, store } = scratch.open()
  await fillWithEverything(ledger)
  entries = [...(await entriesOf(store)), ...earlierEntries]
  await scratch.remove()
})

/** What an entry said of its form, as zod's own words. */
const byZod = ({ type, v }: JsonObject, entry: unknown): boolean =>
  entryForms[type as 'decision']?.[(v as number) - 1]?.safeParse(entry).success === true

test('There is a form for each type that the ledger is said to hold, and an entry of each was looked at here.', () => {
  expect(Object.keys(entryForms)).toEqual([...entryTypes])
  expect(new Set(entries.map(({ type }) => type))).toEqual(new Set(entryTypes))
})

test('Entries of every kind are of their form.', () => {
  for (const entry of entries) {
    expect(formProblem(entry), JSON.stringify(entry)).toBeNull()
    expect(published(entry), JSON.stringify(published.errors)).toBe(true)
  }
})

test.each<[string, unknown, string]>([
  ['no object', [], 'is not an object'],
  ['null', null, 'is not an object'],
  ['an object without a type', { v: 1 }, 'does not say its type'],
  ['a type that is no text', { v: 1, type: 7 }, 'does not say its type'],
  ['a type of a newer build', { v: 1, type: 'lease' }, 'is of the type `lease`, which this build does not know: written by a newer build?'],
  ['a type that objects have of themselves', { v: 1, type: 'constructor' }, 'is of the type `constructor`, which this build does not know'],
  ['a version of a newer build', { v: 9, type: 'outcome' }, 'is of version 9 of the type outcome, and this build knows 1 to 2: written by'],
  ['version 0', { v: 0, type: 'outcome' }, 'is of version 0 of the type outcome'],
  ['a version between two', { v: 1.5, type: 'outcome' }, 'is of version 1.5 of the type outcome'],
  ['a version as a text', { v: '1', type: 'outcome' }, 'does not say the version of its form'],
  ['no version', { type: 'outcome' }, 'does not say the version of its form'],
])('%s is no entry, and it is said why.', (_, entry, problem) => {
  expect(formProblem(entry)).toContain(problem)
  expect(published(entry)).toBe(false)
})

test('Entries of earlier builds are of their form, and take no member of a later version.', () => {
  for (const entry of earlierEntries) {
    expect(formProblem(entry), JSON.stringify(entry)).toBeNull()
    expect(published(entry)).toBe(true)
  }
  const { agentId, waitedFor, delegation } = entries.find(({ type, v }) => type === 'decision' && v === 3) as JsonObject
  for (const later of [{ agentId }, { waitedFor }, { delegation }, { v: 2 }, { v: 3 }])
    expect(formProblem({ ...earlierDecision, ...later })).not.toBeNull()
  const whole = {
    ...earlierDecision,
    performed: null,
    controls: [],
    facts: {},
    previous: 'aa'.repeat(32),
    agentId,
    waitedFor,
  } as JsonObject
  expect(formProblem({ ...whole, v: 2 })).toBeNull()
  for (const v of [1, 3]) expect(formProblem({ ...whole, v })).not.toBeNull()
  expect(formProblem({ ...whole, delegation, v: 3 })).toBeNull()
  expect(formProblem({ ...whole, delegation, v: 2 })).not.toBeNull()
})

test('It is said which member is wrong, and which one too many.', () => {
  const decision = entries.find(({ type }) => type === 'decision') as JsonObject
  expect(formProblem({ ...decision, arguments: { hash: 'sha256:0', bytes: 1 } })).toMatch(
    /^is not as version 3 of the type decision says: `arguments\.hash`: /,
  )
  expect(formProblem({ ...decision, reasons: '' })).toMatch(/Unrecognized key: "reasons"/)
  expect(formProblem(JSON.parse(JSON.stringify(decision).replace('{', '{"__proto__":{},')))).toMatch(
    /^is not as version 3 of the type decision says: /,
  )
})

/** The objects within an entry whose members its form fixes, by where they stand. */
function fixedObjects(entry: JsonObject): [string, JsonObject][] {
  return [
    ['', entry],
    ...Object.entries(entry).flatMap(([name, value]) => (isFixed(name, value) ? [[name, value] as [string, JsonObject]] : [])),
  ]
}
const isFixed = (name: string, value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !['params', 'facts', 'findings', 'redacted'].includes(name)

/** Members that entries of a first version may not have, since builds before there were forms did not write them. */
const optional = new Set(['previous', 'performed', 'controls', 'facts', 'redacted'])

function withMember(entry: JsonObject, place: string, change: (object: Record<string, unknown>) => void): JsonObject {
  const copy = structuredClone(entry) as Record<string, Record<string, unknown>>
  change(place === '' ? copy : (copy[place] as Record<string, unknown>))
  return copy as JsonObject
}

test('An entry that lacks a member, or has one more, is refused.', () => {
  let looked = 0
  for (const entry of entries)
    for (const [place, object] of fixedObjects(entry)) {
      expect(formProblem(withMember(entry, place, (of) => (of['more'] = null)))).not.toBeNull()
      for (const name of Object.keys(object)) {
        const without = withMember(entry, place, (of) => delete of[name])
        expect(formProblem(without) === null, `${JSON.stringify(entry)} without ${name}`).toBe(
          place === '' && entry['v'] === 1 && optional.has(name),
        )
        looked += 1
      }
    }
  expect(looked).toBeGreaterThan(500)
})

const wrong = fc.constantFrom<unknown>(7.5, -1, [], {}, true, 'text', null, [null], { a: { b: 1 } }, 2 ** 53, 0, 'sha256:00', '\n')

test('Whatever a member is replaced by, the quick check, zod and the published JSON Schema say the same of it, and mostly refuse it.', () => {
  let refused = 0
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), wrong, (one, other, third, value) => {
      const entry = entries[one % entries.length] as JsonObject
      const objects = fixedObjects(entry)
      const [place, object] = objects[other % objects.length] as [string, JsonObject]
      const names = Object.keys(object)
      const altered = withMember(entry, place, (of) => (of[names[third % names.length] as string] = value))
      const found = formProblem(altered) === null
      expect(found).toBe(byZod(entry, altered))
      expect(found).toBe(published(altered))
      if (!found) refused += 1
    }),
    { numRuns: 5000 },
  )
  expect(refused).toBeGreaterThan(3500)
})

test('A member of another kind than its form says is refused, whichever it is.', () => {
  for (const entry of entries)
    for (const [place, object] of fixedObjects(entry))
      for (const [name, value] of Object.entries(object)) {
        if (name === 'params' && place === '') continue
        const others = [7.5, [[null]], { a: { b: [] } }].filter((other) => JSON.stringify(other) !== JSON.stringify(value))
        for (const other of others)
          expect(formProblem(withMember(entry, place, (of) => (of[name] = other))), `${name} as ${JSON.stringify(other)}`).not.toBeNull()
      }
})
