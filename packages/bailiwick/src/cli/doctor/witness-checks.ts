import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { hasQuorum } from '@bailiwick/tlog'
import type { TrustPolicy } from '@bailiwick/tlog'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { PayloadCipher } from '../../ledger/vault/payload-cipher.ts'
import { isAbout, readPolicy } from '../../ledger/witness/read-policy.ts'
import { whyNotAsked, witnessStanding } from '../../ledger/witness/witness-standing.ts'
import type { AskedWitness, WitnessStanding } from '../../ledger/witness/witness-standing.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Manifest } from '../../model/manifest.ts'
import { SqliteDatabase } from '../../storage/sqlite/sqlite-database.ts'
import { SqliteLedgerStore } from '../../storage/sqlite/sqlite-ledger-store.ts'
import { ledgerKeyFiles, verifierKeyIn } from '../ledger-signer.ts'
import { vaultMasterKey } from '../vault-master-key.ts'
import { checked, failed, passed } from './check.ts'
import type { Check } from './check.ts'

const undetected =
  'that the newest entries were taken away with the heads over them, or that the ledger was written anew with its own key, is then not detected'

/** The trust policy of a manifest, and the witnesses that it names. Nothing that a witness keeps is changed. */
export async function witnessChecks(manifest: Manifest, path: string, folder: string, offline: boolean): Promise<readonly Check[]> {
  const named = manifest.ledger.policy
  if (named === undefined) return [passed('witnesses', `none, as the manifest names no \`ledger.policy\`: ${undetected}`)]
  let read: TrustPolicy | null = null
  const file = resolve(dirname(resolve(path)), named)
  const key = keyOf(folder, manifest.trustDomain)
  const policyCheck = await checked('trust policy', () => {
    read = readPolicy(file)
    return aboutCheck(file, read, key)
  })
  const policy = read as TrustPolicy | null
  if (policy === null) return [policyCheck]
  const checks = [policyCheck, quorumCheck(policy)]
  return offline ? checks : [...checks, ...(await standings(policy, folder, key))]
}

/** The ledger's key; null while there is none, or none that can be read, which the checks of the keys tell. */
function keyOf(folder: string, trustDomain: string): string | null {
  const { current } = ledgerKeyFiles(join(folder, 'keys'))
  if (!existsSync(current)) return null
  try {
    return verifierKeyIn(current, `${trustDomain}/ledger`)
  } catch (error) {
    if (error instanceof BailiwickError) return null
    throw error
  }
}

function aboutCheck(file: string, policy: TrustPolicy, key: string | null): Check {
  const name = 'trust policy'
  const mend = key === null ? 'put the ledger’s key into it; `bailiwick log verify` prints that' : `put \`log ${key}\` into it`
  if (policy.logs.length === 0) return failed(name, `\`${file}\` names no log, so that no receipt is proved by it`, mend)
  if (key === null) return passed(name, `${file}; the ledger’s key is not there yet`)
  return isAbout(policy, key) ? passed(name, file) : failed(name, `\`${file}\` is about another ledger`, mend)
}

function quorumCheck({ quorum, witnesses }: TrustPolicy): Check {
  const unasked = witnesses.flatMap((witness) => {
    const why = whyNotAsked(witness)
    return why === null ? [] : [`\`${witness.name}\` is not asked: ${why}`]
  })
  const asked = witnesses.filter((witness) => whyNotAsked(witness) === null)
  if (!hasQuorum(quorum, new Set(asked)))
    return failed('quorum', ['cannot be met', ...unasked].join('\n'), 'give a URL of each witness that it needs, or name another quorum')
  if (asked.length === 0) return passed('quorum', `none is needed, and no witness is asked: ${undetected}`)
  const needed = quorum === null ? 'none is needed for a receipt' : 'can be met'
  return passed('quorum', [`${needed}; ${asked.length} of ${witnesses.length} witnesses are asked`, ...unasked].join('\n'))
}

/** How long a witness may take, in milliseconds. */
const timeout = 5000

async function standings(policy: TrustPolicy, folder: string, ledgerKey: string | null): Promise<readonly Check[]> {
  const asked = policy.witnesses.filter((witness): witness is AskedWitness => whyNotAsked(witness) === null)
  const file = join(folder, 'bailiwick.db')
  if (ledgerKey === null || !existsSync(file))
    return asked.map(({ name }) => passed(`witness ${name}`, 'is asked once there is a ledger; the first session makes it'))
  let database: SqliteDatabase | null = null
  const opened = await checked('witnesses', () => {
    database = new SqliteDatabase(file)
    return passed('witnesses', file)
  })
  const open = database as SqliteDatabase | null
  if (open === null) return [opened]
  try {
    const store = new SqliteLedgerStore(open, new PayloadCipher(vaultMasterKey(join(folder, 'keys')), Date.now))
    return await Promise.all(asked.map((witness) => checked(`witness ${witness.name}`, () => standingCheck(witness, ledgerKey, store))))
  } finally {
    open.close()
  }
}

async function standingCheck(witness: AskedWitness, ledgerKey: string, store: LedgerStore): Promise<Check> {
  const name = `witness ${witness.name}`
  const head = await store.head()
  if (head === null) return passed(name, 'is asked once a head of the ledger was signed')
  const standing = await witnessStanding({ witness, store, head, timeout })
  switch (standing.kind) {
    case 'follows':
      return passed(name, progressText(standing))
    case 'denies':
      return failed(name, standing.problem, 'keep the store as it is, and restore the newest copy; no gateway starts until then')
    case 'stranger':
      return failed(name, `does not follow this ledger (${standing.reason})`, `have whoever runs it add the ledger: ${ledgerKey}`)
    case 'away':
      return failed(name, standing.reason, `see whether it runs, and whether it is at ${witness.url}`)
  }
}

function progressText({ size, entries, time }: Extract<WitnessStanding, { kind: 'follows' }>): string {
  if (size === 0) return 'follows this ledger, and has cosigned nothing of it yet'
  const when = time === null ? 'its cosignature is not kept' : `${ageText(Date.now() - time)} ago`
  return `has cosigned ${size} of ${entries} entries, ${when}`
}

function ageText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}
