import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { formatNoteKey, parsePolicy, TlogError } from '@bailiwick/tlog'
import type { TrustPolicy } from '@bailiwick/tlog'
import { BailiwickError } from '../../model/bailiwick-error.ts'

/** A trust policy as a file holds it. */
export interface PolicyInFile {
  readonly policy: TrustPolicy
  /** `sha256:` and the hash of the file in hex. */
  readonly digest: string
}

/** Reads a trust policy (C2SP tlog-policy). @throws BailiwickError `LEDGER_POLICY` for a file that cannot be read or is none */
export function readPolicy(file: string): TrustPolicy {
  return readPolicyFile(file).policy
}

/** Reads the trust policy of a ledger. @throws BailiwickError `LEDGER_POLICY` for a file that cannot be read, is none, or is about other ledgers alone */
export function readLedgerPolicy(file: string, ledgerKey: string): PolicyInFile {
  const read = readPolicyFile(file)
  const { logs } = read.policy
  if (logs.length > 0 && !isAbout(read.policy, ledgerKey))
    throw new BailiwickError('LEDGER_POLICY', `the policy \`${file}\` is about another ledger`, {
      mend: `put \`log ${ledgerKey}\` into it`,
    })
  return read
}

/** Whether a policy names a ledger by its key. */
export function isAbout(policy: TrustPolicy, ledgerKey: string): boolean {
  return policy.logs.some(({ key }) => formatNoteKey(key) === ledgerKey)
}

function readPolicyFile(file: string): PolicyInFile {
  try {
    const bytes = readFileSync(file)
    return { policy: parsePolicy(bytes), digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` }
  } catch (error) {
    if (!(error instanceof TlogError) && (error as NodeJS.ErrnoException).code === undefined) throw error
    const { code } = error as NodeJS.ErrnoException
    const missing = code === 'ENOENT'
    throw new BailiwickError(
      'LEDGER_POLICY',
      `the policy \`${file}\` ${missing ? 'is not there' : `cannot be used: ${(error as Error).message}`}`,
      {
        mend: missing
          ? 'put it there, or correct its name; `bailiwick witness` prints one'
          : 'write it in the form of C2SP tlog-policy: lines `log`, `witness`, `group` and `quorum`',
        cause: error,
      },
    )
  }
}
