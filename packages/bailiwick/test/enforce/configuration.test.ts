import { afterEach, beforeEach, expect, test } from 'vitest'
import { mkdirSync, writeFileSync } from 'node:fs'
import { installedRuleset, openInstallation } from '../../src/cli/installation.ts'
import type { RulesetEntry } from '../../src/ledger/entry.ts'
import { formProblem } from '../../src/ledger/form/form-problem.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { formatLock } from '../../src/model/lock.ts'
import { pinOf } from '../../src/model/pin.ts'
import { AttackInstallation } from '../attack/installation.ts'
import { hostileTools } from '../attack/servers/hostile-tools.ts'
import { forbid } from './live-gateway.ts'
import { keptValue } from '../ledger/kept-payload.ts'

let files: AttackInstallation
beforeEach(() => {
  files = new AttackInstallation({ policies: forbid('act') })
})
afterEach(() => files.remove())

/** One run of a process, from its start to its end; what it recorded of the ruleset, with what that commits to. */
async function run(): Promise<{ readonly entry: RulesetEntry; readonly contents: JsonObject; readonly digest: string }> {
  const locations = { manifest: `${files.folder}/bailiwick.yaml`, state: null }
  const { ledgerStore, close } = await openInstallation(locations, (line) => {
    throw new Error(line)
  })
  const entry = files.entriesOf('configuration').at(-1) as RulesetEntry
  expect(formProblem(entry)).toBeNull()
  const contents = (await keptValue(ledgerStore, entry.contents.hash)) as JsonObject
  await close()
  expect((await files.cli('log', 'verify')).code).toBe(0)
  return { entry, contents, digest: installedRuleset(locations).digest }
}

const unchanged = (count: number): object => ({ count, changed: 0, names: [] })

test('A process that starts records the pin of each tool and the digest of each policy, and what changed since the last one.', async () => {
  const first = await run()
  expect(first.entry).toMatchObject({
    event: 'ruleset',
    policyDigest: first.digest,
    before: null,
    pins: { count: 2, changed: null, names: [] },
  })
  const [honest, act] = hostileTools
  expect(first.contents).toEqual({
    pins: { 'box.honest': pinOf(honest!), 'box.act': pinOf(act!) },
    policies: { 'contract:goal': expect.stringMatching(/^sha256:[0-9a-f]{64}$/), 'no-act': expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
  })

  const second = await run()
  expect(second.contents).toEqual(first.contents)
  expect(second.entry).toMatchObject({ policyDigest: first.digest, before: first.digest, pins: unchanged(2), policies: unchanged(2) })

  files.edit(({ goals }) => (goals.goal.limits.calls = 7))
  writeFileSync(`${files.folder}/policies/a.cedar`, forbid('honest'))
  const third = await run()
  expect(third.entry).toMatchObject({ before: first.digest, pins: unchanged(2) })
  expect(third.entry.policies).toEqual({ count: 2, changed: 3, names: ['contract:goal', 'no-act', 'no-honest'] })
  expect(third.entry.policyDigest).toBe(third.digest)
})

test('A tool that is pinned anew is named, and so are one that came and one that went.', async () => {
  await run()
  const tool = (name: string, description: string): (typeof hostileTools)[number] => ({ ...hostileTools[0]!, name, description })
  relock([tool('honest', 'Says something else.'), tool('more', 'Says more.')])
  const { entry, contents } = await run()
  expect(entry.pins).toEqual({ count: 2, changed: 3, names: ['box.act', 'box.honest', 'box.more'] })
  expect(Object.keys(contents['pins'] as JsonObject).sort()).toEqual(['box.honest', 'box.more'])
})

test('Of a hundred tools whose pins all changed, fifty are named; the payload has them all.', async () => {
  await run()
  relock(Array.from({ length: 100 }, (_, index) => ({ ...hostileTools[0]!, name: `${'t'.repeat(120)}${index}` })))
  const { entry, contents } = await run()
  expect(entry.pins).toMatchObject({ count: 100, changed: 102 })
  expect(entry.pins.names).toHaveLength(50)
  expect(Object.keys(contents['pins'] as JsonObject)).toHaveLength(100)
})

test('Where it is not known any more what the ruleset before held, nothing is said of what changed.', async () => {
  const { entry, digest } = await run()
  const all = files.entriesOf('configuration') as RulesetEntry[]
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(files.database)
  for (const { contents } of all) database.prepare('DELETE FROM vault WHERE hash = ?').run(Buffer.from(contents.hash.slice(7), 'hex'))
  database.close()
  expect(entry.before).toBeNull()
  const locations = { manifest: `${files.folder}/bailiwick.yaml`, state: null }
  await (await openInstallation(locations, () => {})).close()
  const last = files.entriesOf('configuration').at(-1) as RulesetEntry
  expect(last).toMatchObject({ before: digest, pins: { count: 2, changed: null, names: [] }, policies: { changed: null } })
})

test('What a ruleset held is shown with its entry, and found by a text in it.', async () => {
  await run()
  const index = files.entries().findIndex((entry) => entry.type === 'configuration')
  const [shown] = await files.json<{ payload: { value: JsonObject; genuine: boolean } }[]>('log', 'show', String(index))
  expect(shown?.payload).toMatchObject({ genuine: true, value: { pins: { 'box.act': pinOf(hostileTools[1]!) } } })
  const listed = await files.cli('log', 'list', '--all')
  expect(listed.stdout).toMatch(/configuration +ruleset sha256:[0-9a-f]{64} is in force; pins of tools: \d+; policies: \d+/)
  expect((await files.cli('log', 'search', pinOf(hostileTools[1]!), '--payloads')).code).toBe(0)
})

function relock(tools: typeof hostileTools): void {
  const names = tools.map(({ name }) => name)
  files.edit(({ toolboxes, goals }) => {
    toolboxes.box.tools = Object.fromEntries(tools.map((tool) => [tool.name, { effect: 'read', pin: pinOf(tool) }])) as never
    goals.goal.tools = Object.fromEntries(names.map((name) => [`box.${name}`, {}]))
  })
  mkdirSync(`${files.folder}/policies`, { recursive: true })
  writeFileSync(`${files.folder}/policies/a.cedar`, '')
  writeFileSync(
    `${files.folder}/bailiwick.lock.json`,
    formatLock({ version: 1, toolboxes: { box: Object.fromEntries(tools.map((tool) => [tool.name, tool])) } }),
  )
}
