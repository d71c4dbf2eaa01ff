import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { commitmentsOf } from '../../ledger/commitments-of.ts'
import type { ExportRecord } from '../../ledger/export/export-record.ts'
import { jsonLine } from '../../ledger/export/jsonl.ts'
import { readRecords } from '../../ledger/export/read-records.ts'
import { RecordReader } from '../../ledger/export/record-reader.ts'
import { proveEntry } from '../../ledger/prove-entry.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Records } from '../installation.ts'
import { bundleGuide } from './bundle-guide.ts'
import { lineFile } from './line-writer.ts'
import { copyRules } from './copy-rules.ts'

export interface BundleRequest {
  readonly session: string
  /** A folder, or a file that ends in `.tar`; neither may be there yet. */
  readonly target: string
  /** The manifest whose rules are put in. */
  readonly manifest: string
  readonly payloads: boolean
}

/**
 * Writes what there is to show of a session: its entries, a proof of each, the signed head, the rules of now, and how to check it all without
 * Bailiwick's store. The target has its name only once it is whole. Returns how many entries there are.
 * @throws BailiwickError `USAGE` when the target is there or cannot be written, `LEDGER_ENTRY_UNKNOWN` for a session that the ledger does not know
 */
export async function writeBundle(records: Records, { session, target, manifest, payloads }: BundleRequest): Promise<number> {
  const path = resolve(target)
  if (existsSync(path))
    throw new BailiwickError('USAGE', `\`${target}\` is there already, and is not overwritten`, { mend: 'choose another name' })
  const name = basename(path).replace(/\.tar$/, '')
  const part = `${path}.part`
  try {
    const folder = join(part, name)
    mkdirSync(part, { mode: 0o700 })
    mkdirSync(join(folder, 'proofs'), { recursive: true, mode: 0o700 })
    const entries = await writeEntries(records, folder, session, payloads)
    const digest = copyRules(manifest, join(folder, 'rules'))
    writeFileSync(join(folder, 'ledger-key.txt'), `${records.ledgerKey}\n`)
    writeFileSync(join(folder, 'README.md'), bundleGuide({ session, entries, key: records.ledgerKey, payloads, digest }))
    if (path.endsWith('.tar')) {
      const { create } = await import('tar')
      await create({ file: join(part, 'whole.tar'), cwd: part, portable: true }, [name])
      renameSync(join(part, 'whole.tar'), path)
    } else renameSync(folder, path)
    return entries
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof BailiwickError || code === undefined) throw error
    throw new BailiwickError('USAGE', `\`${target}\` cannot be written: ${code}`, { mend: 'check folder, rights and space', cause: error })
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

async function writeEntries(records: Records, folder: string, session: string, payloads: boolean): Promise<number> {
  const { ledger, ledgerStore: store, ledgerKeys } = records
  await ledger.signHead()
  const head = await store.head()
  const covered = head?.size ?? 0
  const entries = lineFile(join(folder, 'entries.jsonl'))
  const kept = payloads ? lineFile(join(folder, 'payloads.jsonl')) : null
  let count = 0
  for await (const record of readRecords(store, new RecordReader(store), { from: 0, to: covered }, { session })) {
    await entries.line(jsonLine(record))
    for (const line of kept === null ? [] : await payloadLines(records, record)) await kept?.line(line)
    const proof = await proveEntry(store, ledgerKeys, record.index)
    writeFileSync(join(folder, 'proofs', `${record.index}.json`), `${JSON.stringify(proof, null, 2)}\n`)
    count += 1
  }
  await entries.end()
  await kept?.end()
  if (count === 0)
    throw new BailiwickError('LEDGER_ENTRY_UNKNOWN', `the ledger has nothing about the session \`${session}\``, {
      mend: '`bailiwick sessions` lists the sessions',
    })
  writeFileSync(join(folder, 'head.txt'), head?.note ?? '')
  return count
}

/** What an entry commits to, with the salts without which it could not be checked. What was erased is left out. */
async function payloadLines({ ledgerStore }: Records, { index, entry }: ExportRecord): Promise<string[]> {
  const lines: string[] = []
  for (const [of, { hash }] of commitmentsOf(entry)) {
    const payload = await ledgerStore.payload(index, hash)
    if (payload !== null)
      lines.push(JSON.stringify({ index, of, hash, salt: Buffer.from(payload.salt).toString('base64'), body: payload.body }))
  }
  return lines
}
