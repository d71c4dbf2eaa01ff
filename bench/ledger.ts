import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { AuditLogger } from '@microsoft/agent-governance-sdk'
import { ed25519Signer, formatNoteKey } from '@bailiwick/tlog'
import { verifyInstalled } from '../packages/bailiwick/src/cli/log/verify-installed.ts'
import { commit } from '../packages/bailiwick/src/ledger/commitment.ts'
import type { NewEntry } from '../packages/bailiwick/src/ledger/entry.ts'
import { LedgerKeys } from '../packages/bailiwick/src/ledger/ledger-keys.ts'
import { proveEntry } from '../packages/bailiwick/src/ledger/prove-entry.ts'
import { verifyLedger } from '../packages/bailiwick/src/ledger/verify-ledger.ts'
import { loadRuleset } from '../packages/bailiwick/src/model/load-ruleset.ts'
import { SqliteDatabase } from '../packages/bailiwick/src/storage/sqlite/sqlite-database.ts'
import { durableRuntime, fsyncTimes } from './durable-runtime.ts'
import { quantile, time } from './measurement.ts'
import type { Bench } from './measurement.ts'

/** Entries of the ledger that is proved and verified, unless `BENCH_ENTRIES` says otherwise. */
const entries = Number(process.env['BENCH_ENTRIES'] ?? 1_000_000)
const example = new URL('../examples/secure-data-analyst/bailiwick.yaml', import.meta.url).pathname

/**
 * The ledger: receipts a second that are on disk, at several widths, beside plain inserts of the same bytes into SQLite and beside a logger in memory;
 * proofs, and the verification of the whole. A receipt here is a decision with its sealed arguments.
 */
export const ledgerBench: Bench = async (report) => {
  const ruleset = loadRuleset(example)
  for (const width of [1, 16, 256]) {
    const name = `${width} ${width === 1 ? 'writer' : 'writers'}`
    const { runtime, folder, close } = await durableRuntime(ruleset)
    if (width === 1) report({ case: name, subject: 'fsync', metric: 'median', unit: 'ms', value: quantile(fsyncTimes(folder, 1000), 0.5) })
    const count = width === 1 ? 3000 : 40_000
    const append = (index: number): Promise<number> => {
      const args = commit({ week: '2026-W07', limit: index })
      return runtime.ledger.append(decision(index, args.commitment), [args.payload])
    }
    // A gateway runs for days: what the first thousands take, while they are compiled, is left out.
    await time(4000, width, (index) => append(count + index))
    const start = performance.now()
    const samples = await time(count, width, append)
    const rate = count / ((performance.now() - start) / 1000)
    report({ case: name, subject: 'bailiwick', metric: 'rate', unit: '/s', value: rate })
    report({ case: name, subject: 'bailiwick', metric: 'median', unit: 'ms', value: quantile(samples, 0.5) })
    report({ case: name, subject: 'bailiwick', metric: 'p99', unit: 'ms', value: quantile(samples, 0.99) })
    const bodies = await runtime.ledgerStore.entries(0, 1000)
    const bytes = bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length
    if (width === 1) report({ case: name, subject: 'bailiwick', metric: 'entry', unit: 'bytes', value: bytes })
    // As a store does that groups its commits, as ours; and as whoever simply inserts does.
    const ways = [
      { together: width, of: count, suffix: '' },
      { together: 1, of: 3000, suffix: ', a commit each' },
    ]
    for (const { together, of, suffix } of width === 1 ? ways.slice(0, 1) : ways) {
      const plain = plainInserts(join(folder, `plain-${together}.db`), of, Math.round(bytes), together)
      report({ case: name, subject: 'node:sqlite', metric: `rate${suffix}`, unit: '/s', value: plain })
      report({ case: name, subject: 'bailiwick', metric: `of plain inserts${suffix}`, unit: '×', value: rate / plain })
    }
    await close()
  }
  report({
    case: '1 writer, in memory alone',
    subject: '@microsoft/agent-governance-sdk',
    metric: 'rate',
    unit: '/s',
    value: auditLoggerRate(),
  })
  await largeLedger(report)
}

/** The same bytes, `together` in one commit, each commit on disk. */
function plainInserts(path: string, count: number, bytes: number, together: number): number {
  const database = new SqliteDatabase(path)
  database.transact(() => database.prepare('CREATE TABLE plain (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT').run())
  const body = randomBytes(bytes)
  const start = performance.now()
  for (let done = 0; done < count; done += together)
    database.transact(() => {
      const insert = database.prepare('INSERT INTO plain (body) VALUES (?)')
      for (let one = 0; one < together; one += 1) insert.run(body)
    })
  const rate = count / ((performance.now() - start) / 1000)
  database.close()
  return rate
}

function auditLoggerRate(): number {
  const logger = new AuditLogger()
  const count = 20_000
  const start = performance.now()
  for (let index = 0; index < count; index += 1) logger.log({ agentId: 'sales-analyst', action: 'sales.list_sales', decision: 'allow' })
  return count / ((performance.now() - start) / 1000)
}

async function largeLedger(report: Parameters<Bench>[0]): Promise<void> {
  const { runtime, folder, close } = await durableRuntime(loadRuleset(example))
  const { ledger, ledgerStore } = runtime
  const signer = await ed25519Signer('bench.example/ledger', new Uint8Array(32))
  const keys = await LedgerKeys.only(formatNoteKey(signer.key))
  let size = 0
  for (const wanted of [10_000, 100_000, 1_000_000].filter((one) => one <= entries)) {
    while (size < wanted) {
      const batch = Math.min(1000, wanted - size)
      await Promise.all(Array.from({ length: batch }, (_, index) => ledger.append(event(size + index))))
      size += batch
    }
    await ledger.signHead()
    const samples: number[] = []
    for (let tried = 0; tried < 200; tried += 1) {
      const start = performance.now()
      await proveEntry(ledgerStore, keys, (tried * 7919) % size)
      samples.push(performance.now() - start)
    }
    report({ case: `${size} entries`, subject: 'bailiwick', metric: 'proof', unit: 'ms', value: quantile(samples, 0.5) })
  }
  const ways = {
    'verification, one thread': () => verifyLedger(ledgerStore, keys),
    verification: () => verifyInstalled(folder, ledgerStore, keys),
  }
  for (const [metric, verify] of Object.entries(ways)) {
    const start = performance.now()
    const { ok } = await verify()
    if (!ok) throw new Error('the ledger of the benchmark does not verify')
    report({ case: `${size} entries`, subject: 'bailiwick', metric, unit: 's', value: (performance.now() - start) / 1000 })
  }
  await close()
}

function decision(index: number, args: ReturnType<typeof commit>['commitment']): NewEntry {
  return {
    v: 3,
    type: 'decision',
    call: `call_${index}`,
    point: 'bench',
    session: `ses_${index % 64}`,
    agent: 'sales-analyst',
    agentId: 'spiffe://corp.example/agent/sales-analyst',
    person: null,
    goal: 'weekly-sales-report',
    params: { week: '2026-W07' },
    token: 'bench',
    tool: 'sales.list_sales',
    pin: `sha256:${'a'.repeat(64)}`,
    arguments: args,
    performed: null,
    policyDigest: `sha256:${'b'.repeat(64)}`,
    response: 'allow',
    aarm: 'ALLOW',
    tier: 'T2',
    rule: 'contract:weekly-sales-report',
    reason: '',
    observed: null,
    verdicts: (['T0', 'T1', 'T2', 'T3', 'T4'] as const).map((tier) => ({ tier, response: 'allow', rule: `${tier}.pass`, reason: '' })),
    policies: ['contract:weekly-sales-report'],
    controls: [],
    severity: null,
    facts: { mails_refused: 0 },
    labels: ['finance', 'untrusted'],
    delegation: [],
    waitedFor: null,
    approval: null,
  }
}

function event(index: number): NewEntry {
  return {
    type: 'event',
    event: 'refused',
    session: null,
    subject: `request ${index}`,
    detail: 'for the benchmark: a line of some hundred characters, as such lines are when a client is refused what it asks for',
  }
}
