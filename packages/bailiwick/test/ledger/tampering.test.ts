import { copyFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { appendLeaves, leafHash, MemoryNodes, rootHash, signCheckpoint, ed25519Signer } from '@bailiwick/tlog'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commit, isGenuine } from '../../src/ledger/commitment.ts'
import { nodeSha256 } from '../../src/ledger/node-sha256.ts'
import { checkProof, proveEntry } from '../../src/ledger/prove-entry.ts'
import { canonicalJson } from '../../src/model/json.ts'
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.ts'
import { SqliteLedgerStore } from '../../src/storage/sqlite/sqlite-ledger-store.ts'
import { decision, fill, ledgerKey, note, outcome, scratchCipher, ScratchLedger, ledgerKeys } from './scratch-ledger.ts'

const scratch = new ScratchLedger()
const clean = `${scratch.path}.clean`
const kinds = ['session', 'approval', 'decision', 'outcome', 'event']

beforeAll(async () => {
  const { ledger } = scratch.open()
  await fill(ledger)
  for (let more = 0; more < 8; more += 1) await ledger.append(note(`more ${more}`))
  await scratch.close()
  await scratch.tamper((database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
  copyFileSync(scratch.path, clean)
})
afterAll(() => scratch.remove())

/** What verifyLedger finds after the file was changed; the file is whole again afterwards. */
async function after(work: (database: DatabaseSync) => unknown): Promise<readonly string[]> {
  await scratch.tamper(work)
  try {
    const { ok, problems } = await scratch.verify()
    expect(ok).toBe(problems.length === 0)
    return problems
  } finally {
    await scratch.tamper((database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
    copyFileSync(clean, scratch.path)
  }
}

/** Alters one byte of a column of the payload that an entry commits to. */
function flip(database: DatabaseSync, column: 'body' | 'nonce', entry: number): void {
  const found = bodyOf(database, entry) as { arguments?: { hash: string }; result?: { hash: string } }
  const hash = Buffer.from(((found.arguments ?? found.result)?.hash ?? '').slice('sha256:'.length), 'hex')
  const row = database.prepare(`SELECT ${column} AS value FROM vault WHERE hash = ?`).get(hash) as { value: Uint8Array }
  row.value[3] = (row.value[3] as number) ^ 1
  database.prepare(`UPDATE vault SET ${column} = ? WHERE hash = ?`).run(row.value, hash)
}

const bodyOf = (database: DatabaseSync, seq: number): Record<string, unknown> =>
  JSON.parse(Buffer.from((database.prepare('SELECT body FROM entries WHERE seq = ?').get(seq) as { body: Uint8Array }).body).toString())
const setBody = (database: DatabaseSync, seq: number, text: string): unknown =>
  database.prepare('UPDATE entries SET body = ? WHERE seq = ?').run(Buffer.from(text), seq)

test('An untouched ledger verifies, and says what is in it.', async () => {
  expect(await after(() => {})).toEqual([])
  expect(await scratch.verify()).toMatchObject({ ok: true, entries: 13, signed: 13, decisions: 1, outcomes: 1, open: 0, payloads: 3 })
})

/** A value with one leaf changed, for every leaf, every key removed and one added. */
function changes(value: unknown, path = ''): [string, unknown][] {
  if (Array.isArray(value))
    return [
      [`${path}[]`, [...value, 'x']],
      ...value.flatMap((item, index) =>
        changes(item, `${path}[${index}]`).map(([at, to]) => [at, value.toSpliced(index, 1, to)] as [string, unknown]),
      ),
    ]
  if (typeof value === 'object' && value !== null)
    return [
      [`${path}.added`, { ...value, added: 1 }],
      ...Object.entries(value).flatMap(([key, inner]) => [
        [`-${path}.${key}`, Object.fromEntries(Object.entries(value).filter(([other]) => other !== key))] as [string, unknown],
        ...changes(inner, `${path}.${key}`).map(([at, to]) => [at, { ...value, [key]: to }] as [string, unknown]),
      ]),
    ]
  return [[path, typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}x` : 'x']]
}

test.each(kinds.map((kind, seq) => ({ kind, seq })))(
  'Every field of an entry of type $kind is under its leaf: whichever is altered, it is reported and no proof holds.',
  async ({ kind, seq }) => {
    let body: Record<string, unknown> = {}
    await scratch.tamper((database) => (body = bodyOf(database, seq)))
    expect(body['type']).toBe(kind)
    const database = new SqliteDatabase(scratch.path)
    const proof = await proveEntry(new SqliteLedgerStore(database, scratchCipher()), ledgerKeys, seq)
    database.close()
    expect(await checkProof(proof, ledgerKey)).toMatchObject({ ok: true, entry: body })
    const all = changes(body)
    expect(all.length).toBeGreaterThan(Object.keys(body).length)
    for (const [place, changed] of all) {
      expect(await after((file) => setBody(file, seq, canonicalJson(changed))), place).not.toEqual([])
      const forged = { ...proof, entry: Buffer.from(canonicalJson(changed)).toString('base64') }
      expect(await checkProof(forged, ledgerKey), place).toMatchObject({ ok: false })
    }
  },
)

test.each<[string, (database: DatabaseSync) => unknown, RegExp]>([
  ['the last entry is missing', (file) => file.exec('DELETE FROM entries WHERE seq = 12'), /end of the ledger is missing/],
  ['all entries are missing', (file) => file.exec('DELETE FROM entries'), /end of the ledger is missing/],
  ['an entry in the middle is missing', (file) => file.exec('DELETE FROM entries WHERE seq = 5'), /entry 5 is missing/],
  ['the first entry is missing', (file) => file.exec('DELETE FROM entries WHERE seq = 0'), /entry 0 is missing/],
  [
    'an entry was taken out and the others moved up',
    (file) => file.exec('DELETE FROM entries WHERE seq = 5; UPDATE entries SET seq = seq - 1 WHERE seq > 5'),
    /end of the ledger is missing/,
  ],
  [
    'two entries are swapped',
    (file) =>
      file.exec(
        'UPDATE entries SET seq = 99 WHERE seq = 6; UPDATE entries SET seq = 6 WHERE seq = 7; UPDATE entries SET seq = 7 WHERE seq = 99',
      ),
    /do not fit the head/,
  ],
  [
    'an entry is a copy of another',
    (file) => file.exec('UPDATE entries SET body = (SELECT body FROM entries WHERE seq = 6) WHERE seq = 7'),
    /do not fit the head/,
  ],
  [
    'an entry was put in front of time',
    (file) => file.exec('INSERT INTO entries SELECT 14, body FROM entries WHERE seq = 6'),
    /entry 13 is missing/,
  ],
  [
    'an entry was put at the end',
    (file) => file.exec('INSERT INTO entries SELECT 13, body FROM entries WHERE seq = 6'),
    /entry 13 does not follow the entry of the session/,
  ],
  ['an entry is not canonical', (file) => setBody(file, 12, JSON.stringify(bodyOf(file, 12), null, 1)), /not canonical/],
  ['an entry is no JSON', (file) => setBody(file, 12, '{'), /not JSON/],
  ['an entry is null', (file) => setBody(file, 12, 'null'), /not an object/],
  ['an entry is a list', (file) => setBody(file, 12, '[]'), /not an object/],
  ['an entry is empty', (file) => setBody(file, 12, ''), /not JSON/],
  [
    'an entry is not UTF-8',
    (file) => file.prepare('UPDATE entries SET body = ? WHERE seq = 12').run(Buffer.from([0x22, 0xff, 0x22])),
    /not canonical|not an object/,
  ],
  ['an outcome has no decision', (file) => setBody(file, 3, canonicalJson({ ...bodyOf(file, 3), call: 'call_2' })), /was not let through/],
  [
    'the root of the stored tree is altered',
    (file) => file.exec('UPDATE nodes SET hash = zeroblob(32) WHERE level = 3 AND idx = 0'),
    /stored tree does not fit/,
  ],
  ['the tree lacks a node', (file) => file.exec('DELETE FROM nodes WHERE level = 1 AND idx = 2'), /level 1, index 2/],
  ['a byte of a sealed payload is altered', (file) => flip(file, 'body', 2), /payload of entry 2 is not the one/],
  ['the nonce of a payload is altered', (file) => flip(file, 'nonce', 3), /payload of entry 3 is not the one/],
  [
    'two payloads are swapped',
    (file) =>
      file.exec(
        `CREATE TEMP TABLE t AS SELECT * FROM vault; UPDATE vault SET body = (SELECT body FROM t WHERE t.hash != vault.hash LIMIT 1), nonce = (SELECT nonce FROM t WHERE t.hash != vault.hash LIMIT 1)`,
      ),
    /payload of entry/,
  ],
  [
    'the key of a session is altered',
    (file) => file.exec('UPDATE vault_keys SET wrapped = zeroblob(60)'),
    /payload of entry 0 is not the one/,
  ],
  ['a key is another session’s', (file) => file.exec(`UPDATE vault_keys SET session = 'ses_2'`), /payload of entry 0 is not the one/],
  [
    'a payload is taken out without a word',
    (file) => file.exec('DELETE FROM vault'),
    /payload of entry 0 is missing, and no erasure of it is recorded/,
  ],
  ['the keys are destroyed without a word', (file) => file.exec('DELETE FROM vault_keys'), /payload of entry 2 is missing/],
  ['the head is gone', (file) => file.exec('DELETE FROM heads'), /no head was ever signed/],
  [
    'the head says another size',
    (file) => file.exec(`UPDATE heads SET note = replace(note, char(10) || '13' || char(10), char(10) || '12' || char(10))`),
    /head is not genuine/,
  ],
  [
    'the head is of another log',
    (file) => file.exec(`UPDATE heads SET note = replace(note, 'corp.example', 'evil.example')`),
    /head is not genuine/,
  ],
  ['the head is no note', (file) => file.exec(`UPDATE heads SET note = 'x'`), /head is not genuine/],
  [
    'the head has no signature',
    (file) => file.exec(`UPDATE heads SET note = substr(note, 1, instr(note, char(8212)) - 1)`),
    /head is not genuine/,
  ],
])('It is reported when %s.', async (_, work, problem) => {
  expect((await after(work)).join('\n')).toMatch(problem)
})

test('Each single stored node counts: whichever is altered, it is reported.', async () => {
  let nodes: { level: number; idx: number }[] = []
  await scratch.tamper((file) => (nodes = file.prepare('SELECT level, idx FROM nodes').all() as never))
  expect(nodes.length).toBe(13 + 6 + 3 + 1)
  for (const { level, idx } of nodes) {
    const problems = await after((file) => file.prepare('UPDATE nodes SET hash = zeroblob(32) WHERE level = ? AND idx = ?').run(level, idx))
    expect(problems, `${level} ${idx}`).toHaveLength(1)
  }
})

/** Rebuilds the tree over the entries as they are, as one who can write to the file would. */
function rebuilt(file: DatabaseSync): { size: number; root: Uint8Array } {
  const bodies = (file.prepare('SELECT body FROM entries ORDER BY seq').all() as { body: Uint8Array }[]).map((row) => row.body)
  const nodes = new MemoryNodes()
  file.exec('DELETE FROM nodes')
  for (const node of appendLeaves(
    nodeSha256,
    0,
    bodies.map((body) => leafHash(nodeSha256, body)),
    nodes,
  ).nodes) {
    nodes.put(node)
    file.prepare('INSERT INTO nodes VALUES (?, ?, ?)').run(node.level, node.index, node.hash)
  }
  return { size: bodies.length, root: rootHash(nodeSha256, bodies.length, nodes) }
}

test('Who rewrites entries and tree together is still betrayed by the signed head, and cannot sign another.', async () => {
  const rewrite = (file: DatabaseSync): { size: number; root: Uint8Array } => {
    setBody(file, 2, canonicalJson({ ...bodyOf(file, 2), agent: 'somebody else' }))
    return rebuilt(file)
  }
  expect((await after((file) => void rewrite(file))).join()).toMatch(/do not fit the head/)
  const thief = await ed25519Signer('corp.example/ledger', new Uint8Array(32).fill(8))
  const problems = await after(async (file) => {
    const head = await signCheckpoint({ origin: 'corp.example/ledger', ...rewrite(file) }, [thief])
    file.prepare('UPDATE heads SET note = ?').run(head)
  })
  expect(problems.join()).toMatch(/head is not genuine/)
})

test('Who truncates entries and tree together is betrayed by the head over the longer tree.', async () => {
  const problems = await after((file) => {
    file.exec('DELETE FROM entries WHERE seq > 9')
    rebuilt(file)
  })
  expect(problems).toEqual([
    'the signed head covers 13 entries, but there are 10: the end of the ledger is missing; the last that is there is entry 9 of 2026-01-15T12:00:00.000Z',
  ])
})

test('An approval that two calls rest on is reported.', async () => {
  const other = new ScratchLedger()
  const { ledger } = other.open()
  await ledger.append(decision('call_1'))
  await ledger.append({
    ...decision('call_2'),
    approval: { id: 'apr_call_1', hash: `sha256:${'c'.repeat(64)}`, approver: 'ann', signature: 'x' },
  } as never)
  await other.close()
  expect((await other.verify()).problems).toEqual(['entry 1 uses the approval `apr_call_1` once more'])
  await other.remove()
})

test('An outcome that is recorded twice is reported.', async () => {
  const other = new ScratchLedger()
  const { ledger } = other.open()
  await fill(ledger)
  await ledger.append({
    type: 'outcome',
    call: 'call_1',
    session: 'ses_1',
    status: 'unknown',
    error: null,
    result: null,
    bytes: 0,
    milliseconds: 0,
    labels: [],
  })
  await other.close()
  expect((await other.verify()).problems).toEqual([
    'entry 5 is the outcome of the call `call_1`, which was not let through or is closed already',
  ])
  await other.remove()
})

test('A commitment hides equal payloads, holds for its own and for no other, wherever salt and body are divided.', () => {
  const [one, two] = [commit(12_345), commit(12_345)]
  expect(one.commitment.hash).not.toBe(two.commitment.hash)
  expect(one.commitment.bytes).toBe(5)
  expect(isGenuine(one.payload)).toBe(true)
  expect(isGenuine({ ...one.payload, body: '12346' })).toBe(false)
  expect(isGenuine({ ...one.payload, salt: two.payload.salt })).toBe(false)
  const moved = { ...one.payload, salt: Buffer.concat([one.payload.salt, Buffer.from('12')]), body: '345' }
  expect(isGenuine(moved)).toBe(false)
})

test('The arguments as the tool got them are committed to as well; entries without them still verify.', async () => {
  const own = new ScratchLedger()
  try {
    const { ledger } = own.open()
    const asked = commit({ body: 'from ann@corp.example' })
    const performed = commit({ body: 'from [redacted:email]' })
    const old = commit({ body: 'x' })
    await ledger.append(decision('call_old', old), [old.payload])
    await ledger.append({ ...decision('call_new', asked), approval: null, performed: performed.commitment, controls: ['ASI02'] } as never, [
      asked.payload,
      performed.payload,
    ])
    await own.close()
    expect(await own.verify()).toMatchObject({ ok: true, payloads: 3 })
    await own.tamper((file) =>
      file
        .prepare('UPDATE vault SET body = zeroblob(40) WHERE hash = ?')
        .run(Buffer.from(performed.commitment.hash.slice('sha256:'.length), 'hex')),
    )
    expect((await own.verify()).problems).toEqual(['the payload of entry 1 is not the one that was committed to'])
  } finally {
    await own.remove()
  }
})

test('A call that was let through sanitised is open until its outcome is there.', async () => {
  const own = new ScratchLedger()
  try {
    const { ledger, store } = own.open()
    await ledger.append({ ...decision('call_1'), response: 'sanitize', aarm: 'MODIFY' } as never)
    expect(await store.openCalls()).toMatchObject([{ id: 'call_1' }])
    await ledger.append({ ...outcome('call_1'), redacted: { 'output:email': 2 } } as never)
    expect(await store.openCalls()).toEqual([])
    await own.close()
    expect(await own.verify()).toMatchObject({ ok: true, open: 0 })
  } finally {
    await own.remove()
  }
})
