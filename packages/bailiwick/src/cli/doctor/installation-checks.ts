import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isSeedSealed, readSeed } from '../../authority/key-file.ts'
import { keyReference } from '../../authority/kept-key.ts'
import { signingKey } from '../../authority/signing-key.ts'
import { LedgerKeys } from '../../ledger/ledger-keys.ts'
import { ledgerKeyFiles, verifierKeyIn } from '../ledger-signer.ts'
import { verifyInstalled } from '../log/verify-installed.ts'
import { Pkcs11Devices } from '../../storage/pkcs11/pkcs11-devices.ts'
import { SqliteDatabase } from '../../storage/sqlite/sqlite-database.ts'
import { PayloadCipher } from '../../ledger/vault/payload-cipher.ts'
import { vaultMasterKey } from '../vault-master-key.ts'
import { SqliteLedgerStore } from '../../storage/sqlite/sqlite-ledger-store.ts'
import { checked, failed, passed } from './check.ts'
import type { Check } from './check.ts'

const maybeInDevice: ReadonlySet<string> = new Set(['ledger', 'gateway'])

/** The state folder, its keys, the store and the ledger in it. Makes nothing that is not there. */
export async function installationChecks(folder: string, trustDomain: string | null): Promise<readonly Check[]> {
  if (!existsSync(folder)) return [passed('state', `\`${folder}\` is not there yet; the first session makes it`)]
  const state = await checked('state', () => folderCheck(folder))
  if (!state.ok && !isFolder(folder)) return [state]
  const store = join(folder, 'bailiwick.db')
  const used = existsSync(store)
  const checks = [state]
  for (const name of ['ledger', 'gateway']) checks.push(await checked(`${name} key`, () => keyCheck(folder, name, used)))
  checks.push(await checked('approver key', () => keyCheck(folder, 'approver', used)))
  checks.push(...(await agentKeys(folder)))
  if (!used) return [...checks, passed('store', 'is not there yet; the first session makes it')]
  return [...checks, ...(await storeChecks(store, folder, trustDomain))]
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function folderCheck(folder: string): Check {
  const found = statSync(folder)
  if (!found.isDirectory()) return failed('state', `\`${folder}\` is not a folder`, 'move it away, or name another with `--state`')
  if (openToOthers(found.mode)) return failed('state', `\`${folder}\` can be read by others`, `run \`chmod 700 ${folder}\``)
  return passed('state', folder)
}

function openToOthers(mode: number): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0
}

async function keyCheck(folder: string, name: string, used: boolean): Promise<Check> {
  const path = join(folder, 'keys', `${name}.key`)
  if (!existsSync(path))
    return used
      ? failed(
          `${name} key`,
          `\`${path}\` is missing, though the store is there`,
          'restore it from a copy: a new key does not fit what was signed',
        )
      : passed(`${name} key`, 'is not there yet; the first session makes it')
  const reference = keyReference(path)
  if (reference === null || !maybeInDevice.has(name))
    return passed(`${name} key`, `${signingKey(readSeed(path)).x}${isSeedSealed(path) ? ', sealed' : ''}`)
  const devices = new Pkcs11Devices(process.env)
  try {
    const { x, shown, madeThere } = await devices.open(reference.uri, reference.x)
    return passed(`${name} key`, `${x}, in the device ${shown}${madeThere ? '' : ', which it was brought into from elsewhere'}`)
  } finally {
    await devices.close()
  }
}

async function agentKeys(folder: string): Promise<Check[]> {
  const agents = join(folder, 'keys', 'agents')
  if (!existsSync(agents)) return []
  const names = readdirSync(agents).filter((file) => file.endsWith('.key'))
  return Promise.all(
    names.map((file) => {
      const name = `key of ${file.slice(0, -'.key'.length)}`
      return checked(name, () => passed(name, signingKey(readSeed(join(agents, file))).x))
    }),
  )
}

async function storeChecks(store: string, folder: string, trustDomain: string | null): Promise<Check[]> {
  const { mode } = statSync(store)
  let database: SqliteDatabase | null = null
  const opened = await checked('store', () => {
    database = new SqliteDatabase(store)
    return openToOthers(mode)
      ? failed('store', `\`${store}\` could be read by others`, 'that is mended now; ask who may have read it')
      : passed('store', store)
  })
  const open = database as SqliteDatabase | null
  if (open === null) return [opened]
  const ledger = await checked('ledger', () => ledgerCheck(open, folder, trustDomain))
  open.close()
  return [opened, ledger]
}

async function ledgerCheck(database: SqliteDatabase, folder: string, trustDomain: string | null): Promise<Check> {
  if (trustDomain === null)
    return failed('ledger', 'cannot be verified without the trust domain in whose name it is signed', 'mend the manifest first')
  const { current } = ledgerKeyFiles(join(folder, 'keys'))
  const store = new SqliteLedgerStore(database, new PayloadCipher(vaultMasterKey(join(folder, 'keys')), Date.now))
  const report = await verifyInstalled(folder, store, await LedgerKeys.read(store, verifierKeyIn(current, `${trustDomain}/ledger`)))
  if (report.ok) return passed('ledger', `${report.entries} entries verify, ${report.open} calls are open`)
  return failed(
    'ledger',
    report.problems.slice(0, 5).join('\n'),
    'keep the store as it is, and find out who or what changed it; `bailiwick log verify` lists everything',
  )
}
