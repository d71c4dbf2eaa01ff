import { resolve } from 'node:path'
import { readPolicy } from '../ledger/witness/read-policy.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { readSources } from '../model/load-ruleset.ts'

/** What is wrong with the trust policy that a manifest names, at the place where it does. Nothing when the manifest cannot be read itself. */
export function trustPolicyFindings(manifestPath: string): readonly Diagnostic[] {
  const { sources } = readSources(manifestPath)
  const named = sources?.manifest.ledger.policy
  if (sources === null || named === undefined) return []
  try {
    readPolicy(resolve(sources.base, named))
    return []
  } catch (error) {
    if (!(error instanceof BailiwickError)) throw error
    return [sources.yaml.finding(error.code, ['ledger', 'policy'], error.message, error.mend ?? '')]
  }
}
