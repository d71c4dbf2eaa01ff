import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ed25519Signer, formatNoteKey } from '@bailiwick/tlog'
import type { NoteSigner } from '@bailiwick/tlog'
import { commit } from '../../src/ledger/commitment.ts'
import type { Payload } from '../../src/ledger/commitment.ts'
import { commitmentsOf } from '../../src/ledger/commitments-of.ts'
import type { LedgerEntry, NewEntry } from '../../src/ledger/entry.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import type { LedgerStore } from '../../src/ledger/ledger-store.ts'
import { LedgerKeys } from '../../src/ledger/ledger-keys.ts'
import { localMasterKey } from '../../src/ledger/vault/master-key.ts'
import { PayloadCipher } from '../../src/ledger/vault/payload-cipher.ts'
import { answeredEntry } from '../../src/ledger/model-entries.ts'
import type { ModelEnd } from '../../src/ledger/model-entries.ts'
import { verifyLedger } from '../../src/ledger/verify-ledger.ts'
import type { LedgerReport } from '../../src/ledger/verify-ledger.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.ts'
import { SqliteInstanceStore } from '../../src/storage/sqlite/sqlite-instance-store.ts'
import { SqliteLedgerStore } from '../../src/storage/sqlite/sqlite-ledger-store.ts'

const ledgerSeed: Uint8Array = new Uint8Array(32).fill(7)
export const scratchSigner: NoteSigner = await ed25519Signer('corp.example/ledger', ledgerSeed)
export const ledgerKey: string = formatNoteKey(scratchSigner.key)
export const ledgerKeys: LedgerKeys = await LedgerKeys.only(ledgerKey)

/** The vault's cipher, under the same master key each time. */
export function scratchCipher(): PayloadCipher {
  return new PayloadCipher(localMasterKey(new Uint8Array(32).fill(9)), Date.now)
}

/** A ledger in a file of its own, and the file itself for whoever means it harm. */
export class ScratchLedger {
  readonly folder: string
  readonly path: string
  readonly #open: { ledger: Ledger; database: SqliteDatabase }[] = []

  constructor(folder: string = mkdtempSync(join(tmpdir(), 'bailiwick-ledger-'))) {
    this.folder = folder
    this.path = join(this.folder, 'bailiwick.db')
  }

  /** One more process's view of the ledger: a connection of its own. */
  open(
    instance = 'gateway-1',
    clock: () => number = () => Date.UTC(2026, 0, 15, 12),
  ): { ledger: Ledger; store: SqliteLedgerStore; instances: SqliteInstanceStore; database: SqliteDatabase } {
    const database = new SqliteDatabase(this.path)
    const store = new SqliteLedgerStore(database, scratchCipher())
    const onFault = (error: unknown): void => {
      throw error
    }
    const ledger = new FilledLedger({ store, signer: async () => scratchSigner, instance, clock, onFault })
    this.#open.push({ ledger, database })
    return { ledger, store, instances: new SqliteInstanceStore(database), database }
  }

  /** Closes every connection, signing the last head. */
  async close(): Promise<void> {
    for (const { ledger, database } of this.#open.splice(0)) {
      await ledger.close()
      database.close()
    }
  }

  /** Changes the file behind the ledger's back. */
  async tamper(work: (database: DatabaseSync) => unknown): Promise<void> {
    const database = new DatabaseSync(this.path)
    await work(database)
    database.close()
  }

  async verify(): Promise<LedgerReport> {
    const database = new SqliteDatabase(this.path)
    try {
      return await verifyLedger(new SqliteLedgerStore(database, scratchCipher()), ledgerKeys)
    } finally {
      database.close()
    }
  }

  async remove(): Promise<void> {
    await this.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A digest that is none of anything, told by two hexadecimal digits. */
export function digestOf(digits: string): string {
  return `sha256:${digits.repeat(32)}`
}

/** Payloads that entries of the tests commit to, by their hashes. */
const made = new Map<string, Payload>()

function kept(value: unknown): ReturnType<typeof commit> {
  const committed = commit(value)
  made.set(committed.payload.hash, committed.payload)
  return committed
}

/** A ledger that brings the payloads of entries that a test made without saying what they hold. */
class FilledLedger extends Ledger {
  override append(...[entry, payloads = [], options]: Parameters<Ledger['append']>): Promise<number> {
    const own = commitmentsOf(entry as LedgerEntry).flatMap(([, { hash }]) => made.get(hash) ?? [])
    for (const { hash } of own) made.delete(hash)
    return super.append(entry, [...payloads, ...own], options)
  }
}

export const decision = (call: string, args: ReturnType<typeof commit> = kept({ to: 'ann@corp.example', call })): NewEntry => ({
  v: 3,
  type: 'decision',
  call,
  point: 'mcp',
  session: 'ses_1',
  agent: 'clerk',
  agentId: 'spiffe://corp.example/agent/clerk',
  person: 'ann',
  goal: 'letters',
  params: { week: '2026-W03' },
  token: 'jti',
  tool: 'mail.send',
  pin: digestOf('aa'),
  arguments: args.commitment,
  performed: null,
  policyDigest: digestOf('bb'),
  response: 'allow',
  aarm: 'ALLOW',
  tier: 'T3',
  rule: 'T3.approved',
  reason: '',
  observed: null,
  verdicts: [{ tier: 'T0', response: 'allow', rule: 'T0.pass', reason: '' }],
  policies: ['contract:letters'],
  controls: [],
  severity: 'low',
  facts: {},
  labels: ['pii'],
  delegation: [],
  waitedFor: `apr_${call}`,
  approval: { id: `apr_${call}`, hash: digestOf('cc'), approver: 'ann', signature: 'c2ln' },
})

export const outcome = (call: string, result: ReturnType<typeof commit> = kept({ text: 'sent', call })): NewEntry => ({
  type: 'outcome',
  call,
  session: 'ses_1',
  status: 'ok',
  error: null,
  result: result.commitment,
  bytes: 12,
  milliseconds: 3,
  labels: ['untrusted'],
})

export const asked = (call: string, prompt: ReturnType<typeof commit> = kept({ model: 'gpt-5', call })) =>
  ({
    type: 'model',
    event: 'asked',
    modelCall: call,
    session: 'ses_1',
    agent: 'clerk',
    person: 'ann',
    goal: 'letters',
    operationName: 'chat',
    providerName: 'openai',
    serverAddress: 'api.openai.com',
    serverPort: 443,
    wireFormat: 'responses',
    requestModel: 'gpt-5',
    requestStream: true,
    prompt: prompt.commitment,
  }) as const satisfies NewEntry

export const answered = (call: string, members: Partial<ModelEnd> = {}): NewEntry & { readonly type: 'model' } =>
  answeredEntry(asked(call), {
    status: 'ok',
    error: null,
    httpStatusCode: 200,
    responseModel: 'gpt-5-2025-08-07',
    responseId: 'resp_1',
    finishReasons: ['completed'],
    inputTokens: 120,
    outputTokens: 30,
    cacheReadInputTokens: 100,
    toolNames: ['mail__send'],
    response: kept({ id: 'resp_1', call }).commitment,
    milliseconds: 12,
    ...members,
  })

export const note = (subject: string): NewEntry => ({ type: 'event', event: 'refused', session: 'ses_1', subject, detail: 'for a test' })

/** The first thousand entries of a ledger, as JSON. */
export async function entriesOf(store: LedgerStore): Promise<JsonObject[]> {
  return (await store.entries(0, 1000)).map((body) => JSON.parse(Buffer.from(body).toString('utf8')) as JsonObject)
}

/** One entry of each kind, a whole call among them, with the payloads that they commit to. */
export async function fill(ledger: Ledger): Promise<void> {
  const [args, result, request] = [commit({ to: 'ann@corp.example' }), commit({ text: 'sent' }), commit('write to Ann')]
  await ledger.append(
    {
      type: 'session',
      session: 'ses_1',
      event: 'opened',
      agent: 'clerk',
      person: 'ann',
      goal: 'letters',
      params: { week: '2026-W03' },
      request: request.commitment,
      by: 'gateway',
      policyDigest: digestOf('bb'),
    },
    [request.payload],
  )
  await ledger.append({
    type: 'approval',
    approval: 'apr_1',
    event: 'approved',
    hash: digestOf('cc'),
    session: 'ses_1',
    tool: 'mail.send',
    approver: 'ann',
    signature: 'c2ln',
    rationale: 'she asked for it',
  })
  await ledger.append(decision('call_1', args), [args.payload])
  await ledger.append(outcome('call_1', result), [result.payload])
  await ledger.append(note('mail.erase'))
}
