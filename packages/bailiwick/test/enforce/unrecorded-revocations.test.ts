import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Revocations } from '../../src/authority/revocations.ts'
import { openInstallation } from '../../src/cli/installation.ts'
import { everything } from '../../src/model/lineage.ts'
import type { Link } from '../../src/model/lineage.ts'
import { SqliteRevocationStore } from '../../src/storage/sqlite/sqlite-revocation-store.ts'
import { folderWith, runCli } from '../cli/run-cli.ts'
import { installationFiles } from '../cli/written-manifest.ts'
import { entriesOf, ScratchLedger } from '../ledger/scratch-ledger.ts'

const clerk: Link = { kind: 'agent', id: 'clerk' }
/** What the ledger is to hold of it. */
const first = { event: 'revoked', id: 'clerk', by: 'ann', reason: 'it misbehaved' }
const later = { by: 'bob', reason: 'to be sure' }

let scratch: ScratchLedger
beforeEach(() => void (scratch = new ScratchLedger()))
afterEach(() => scratch.remove())

interface Operator {
  readonly revocations: Revocations
  /** What the ledger holds of revocations: the event, what it is of, by whom and why. */
  readonly recorded: () => Promise<readonly unknown[]>
}

/** One more process. */
function operator(instance: string): Operator {
  const { ledger, store, database } = scratch.open(instance, Date.now)
  return {
    revocations: new Revocations(new SqliteRevocationStore(database), ledger, Date.now),
    recorded: async () =>
      (await entriesOf(store)).filter(({ type }) => type === 'revocation').map(({ event, id, by, reason }) => ({ event, id, by, reason })),
  }
}

async function killedInBetween(): Promise<void> {
  const script = fileURLToPath(new URL('killed-revoker.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@bailiwick/source', script, scratch.folder], { stdio: 'inherit' })
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
}

/** Has the store take no entry, as on a disk that is full of them, or take them again. */
function takeEntries(path: string, taken: boolean): void {
  const file = new DatabaseSync(path)
  file.exec(
    taken
      ? 'DROP TRIGGER no_room'
      : "CREATE TRIGGER no_room BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
  )
  file.close()
}

test('A cut whose process is killed before it has recorded it is in force, and recorded by the next that starts, once and with its cause.', async () => {
  await killedInBetween()
  const { revocations, recorded } = operator('next')
  expect(await revocations.first([clerk])).toEqual(clerk)
  expect(await recorded()).toEqual([])
  expect(await revocations.recordOutstanding()).toBe(1)
  expect(await recorded()).toEqual([first])
  expect(await revocations.recordOutstanding()).toBe(0)
  expect(await revocations.revoke(clerk, later)).toBe(false)
  expect(await recorded()).toHaveLength(1)
})

test('A cut that was not recorded is when it is repeated, once, and with the cause that it was cut for.', async () => {
  await killedInBetween()
  const { revocations, recorded } = operator('next')
  const repeated = Array.from({ length: 5 }, () => revocations.revoke(clerk, later))
  expect(await Promise.all(repeated)).toEqual([false, false, false, false, false])
  expect(await recorded()).toEqual([first])
  expect(await revocations.recordOutstanding()).toBe(0)
})

test('A cut that was not recorded is before it is taken back.', async () => {
  await killedInBetween()
  const { revocations, recorded } = operator('next')
  await revocations.lift(clerk, later)
  expect(await recorded()).toEqual([first, { event: 'lifted', id: 'clerk', ...later }])
  expect(await revocations.first([clerk])).toBeNull()
  expect(await revocations.recordOutstanding()).toBe(0)
  expect(await revocations.revoke(clerk, later)).toBe(true)
  expect(await recorded()).toHaveLength(3)
})

test('While the ledger cannot be written, a cut is in force all the same, in every process; repeated while it still cannot, it fails again.', async () => {
  const [one, other] = [operator('one'), operator('other')]
  takeEntries(scratch.path, false)
  const failure = { code: 'STORE_FAILED' }
  await expect(one.revocations.revoke(clerk, { by: 'ann', reason: 'it misbehaved' })).rejects.toMatchObject(failure)
  expect(await other.revocations.first([clerk])).toEqual(clerk)
  await expect(one.revocations.revoke(clerk, later)).rejects.toMatchObject(failure)
  await expect(other.revocations.recordOutstanding()).rejects.toMatchObject(failure)
  await expect(other.revocations.lift(clerk, later)).rejects.toMatchObject(failure)
  expect(await other.revocations.first([clerk])).toEqual(clerk)
  takeEntries(scratch.path, true)
  expect(await one.revocations.revoke(clerk, later)).toBe(false)
  expect(await one.recorded()).toEqual([first])
})

test('`bailiwick stop` stops when nothing can be recorded, and the next process that starts records it and says so.', async () => {
  const cwd = folderWith(installationFiles)
  const said: string[] = []
  const open = (): ReturnType<typeof openInstallation> =>
    openInstallation({ manifest: join(cwd, 'bailiwick.yaml'), state: null }, (line) => said.push(line))
  await (await open()).close()
  const store = join(cwd, '.bailiwick/bailiwick.db')
  takeEntries(store, false)
  const stopped = await runCli(['stop', '--because', 'incident 42'], { cwd })
  expect(stopped).toMatchObject({ code: 2, stderr: expect.stringContaining('everything is cut off, but that could not be recorded') })
  expect((await runCli(['revoke'], { cwd })).stdout).toContain('everything')
  await expect(open()).rejects.toMatchObject({ code: 'STORE_FAILED' })
  takeEntries(store, true)
  const installation = await open()
  expect(await installation.revocations.first([everything])).toEqual(everything)
  const recorded = (await entriesOf(installation.ledgerStore)).filter(({ type }) => type === 'revocation')
  await installation.close()
  expect(recorded).toMatchObject([{ event: 'revoked', kind: 'everything', reason: 'incident 42' }])
  expect(said).toEqual(['1 revocation of a process that ended too early is recorded now'])
})
