import { readFileSync } from 'node:fs'
import type { NewEntry } from './entry.ts'
import type { Instance, InstanceStore } from './instance-store.ts'
import type { Ledger } from './ledger.ts'
import type { LedgerStore, OpenCall } from './ledger-store.ts'
import { answeredEntry } from './model-entries.ts'
import { entryAt } from './past-reader.ts'

/** This process, as it registers itself. */
export function thisInstance(id: string): Instance {
  return { id, pid: process.pid, started: startOf(process.pid) ?? '' }
}

/**
 * Closes as `unknown` the calls that processes which are gone have left open: they were let through, and whether they
 * took effect cannot be known. Returns how many there were.
 */
export async function closeAbandonedCalls(ledger: Ledger, store: LedgerStore, instances: InstanceStore): Promise<number> {
  // Calls before processes: one that takes over a call has registered itself first, so that whoever finds the call its own finds it alive.
  const open = await store.openCalls()
  const registered = await instances.list()
  const alive = new Set(registered.filter(isAlive).map((instance) => instance.id))
  const abandoned: OpenCall[] = []
  for (const call of open) if (!alive.has(call.instance) && (await store.claimCall(call, ledger.instance))) abandoned.push(call)
  await Promise.all(abandoned.map(async (call) => ledger.append(await unknownEnd(store, call))))
  for (const instance of registered) if (!alive.has(instance.id)) await instances.remove(instance.id)
  return abandoned.length
}

/** The second half of a call, of a tool or of a model, that nobody knows the end of. */
async function unknownEnd(store: LedgerStore, call: OpenCall): Promise<NewEntry> {
  const error = `the gateway \`${call.instance}\` ended before the call returned`
  const [first] = await store.indicesOf(call.id)
  const asked = first === undefined ? null : await entryAt(store, first)
  if (asked?.type === 'model' && asked.event === 'asked') return answeredEntry(asked, { status: 'unknown', error })
  return {
    type: 'outcome',
    call: call.id,
    session: call.session,
    status: 'unknown',
    error,
    result: null,
    bytes: 0,
    milliseconds: 0,
    labels: [],
  }
}

function isAlive(instance: Instance): boolean {
  try {
    process.kill(instance.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    // EPERM: it exists, and belongs to someone else.
  }
  const started = startOf(instance.pid)
  return started === null || instance.started === '' || started === instance.started
}

/** When a process started, in clock ticks since boot and with the boot's own id; `gone` for one that has ended and only waits to be reaped; null where the system does not tell. */
function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return null
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return 'gone'
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}:${fields[19]}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ESRCH') return null
    throw error
  }
}
