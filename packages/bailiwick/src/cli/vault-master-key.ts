import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readOrCreateSeed, readSeed } from '../authority/key-file.ts'
import { localMasterKey } from '../ledger/vault/master-key.ts'
import type { MasterKey } from '../ledger/vault/master-key.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'

/** The variable that holds the master key, when it is not to be a file: 32 bytes as base64url or base64. */
export const vaultKeyVariable = 'BAILIWICK_VAULT_KEY'

const keyBytes = 32

/**
 * The master key of the vault: of the environment, else of the file `vault.key` among the keys, which is made when something is to be wrapped.
 * What it gives throws BailiwickError `KEY_FILE`.
 */
export function vaultMasterKey(keys: string): MasterKey {
  const given = process.env[vaultKeyVariable]
  if (given !== undefined && given !== '') return localMasterKey(keyIn(given))
  const file = join(keys, 'vault.key')
  // Read once: to open a file that is sealed with a passphrase takes long on purpose.
  let master: MasterKey | null = null
  return {
    wrap: async (key, context) => (master ??= localMasterKey(readOrCreateSeed(file))).wrap(key, context),
    unwrap: async (wrapped, context) => {
      if (master === null && !existsSync(file)) return null
      master ??= localMasterKey(readSeed(file))
      return master.unwrap(wrapped, context)
    },
  }
}

function keyIn(text: string): Uint8Array {
  const key = Buffer.from(text, 'base64')
  if (key.length === keyBytes) return key
  throw new BailiwickError('KEY_FILE', `the variable \`${vaultKeyVariable}\` does not hold ${keyBytes} bytes in base64`, {
    mend: 'make one with `openssl rand -base64 32`',
  })
}
