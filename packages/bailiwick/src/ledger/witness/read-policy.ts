import { readFileSync } from 'node:fs'
import { parsePolicy, TlogError } from '@bailiwick/tlog'
import type { TrustPolicy } from '@bailiwick/tlog'
import { BailiwickError } from '../../model/bailiwick-error.ts'

/** Reads a trust policy (C2SP tlog-policy). @throws BailiwickError `LEDGER_POLICY` for a file that cannot be read or is none */
export function readPolicy(file: string): TrustPolicy {
  try {
    return parsePolicy(readFileSync(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof TlogError) && (error as NodeJS.ErrnoException).code === undefined) throw error
    throw new BailiwickError('LEDGER_POLICY', `the policy \`${file}\` cannot be used: ${(error as Error).message}`, {
      mend: 'write it in the form of C2SP tlog-policy: lines `log`, `witness`, `group` and `quorum`',
      cause: error,
    })
  }
}
