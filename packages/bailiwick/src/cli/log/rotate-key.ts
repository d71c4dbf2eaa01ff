import { dirname, join, resolve } from 'node:path'
import { formatNoteKey } from '@bailiwick/tlog'
import type { Command } from 'commander'
import pc from 'picocolors'
import { isAbout, readPolicy } from '../../ledger/witness/read-policy.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { trustDomainOf } from '../../model/load-ruleset.ts'
import { action, command } from '../command.ts'
import { readDeclared } from '../doctor/read-declared.ts'
import { currentUser, openRecords, stateFolder } from '../installation.ts'
import { nextKey, toOption } from '../keys/next-key.ts'
import { ledgerKeyFiles, noteSigner } from '../ledger-signer.ts'

/** The longest reason that is recorded, in UTF-16 code units. */
const longestReason = 500

export function rotateKeyCommand(): Command {
  return command('rotate-key', 'replace the key that the ledger is signed with')
    .description(
      'Hands over from the ledger’s key to a new one, by an entry that both sign; the old one is then gone from this machine. What was proved before stays proved by the old key, everything can be proved anew by the new one. Gateways that run take the new key up.',
    )
    .option('--prepare', 'only make the new key and print it, so that trust policies and witnesses can be told of it first')
    .option(...toOption)
    .option('--reason <text>', 'why, for the record')
    .action(
      action(async ({ output, locations }, options: { prepare?: boolean; reason?: string; to?: string }) => {
        const reason = (options.reason ?? '').trim()
        if (options.prepare !== true && (reason === '' || reason.length > longestReason))
          throw new BailiwickError('USAGE', `a reason of 1 to ${longestReason} characters is needed`, {
            mend: 'say why with `--reason`; what is to be done first, with `--prepare`',
          })
        const policyFile = policyOf(locations.manifest)
        const records = await openRecords(locations, output.note, policyFile === null ? {} : { policyFile })
        try {
          const files = ledgerKeyFiles(join(stateFolder(locations), 'keys'))
          const key = await nextKey(files, options.to ?? null, records.devices)
          const next = noteSigner(`${trustDomainOf(locations.manifest)}/ledger`, key)
          const [before, after] = [records.ledgerKey, formatNoteKey(next.key)]
          if (options.prepare === true) {
            output.data({ before, after, entry: null })
            output.text(`log ${after}`)
            output.note(
              'put this line beside the old one into each trust policy, have each witness follow this key as well, then run `bailiwick log rotate-key --reason …`',
            )
            return 0
          }
          if (policyFile !== null) assertNamed(policyFile, after)
          await records.ledger.assertSound()
          if (policyFile !== null) await records.ledger.assertWitnessed()
          const entry = await records.ledger.replaceKey(next, { by: currentUser(), reason })
          if (policyFile !== null) await records.ledger.assertWitnessed()
          output.data({ before, after, entry })
          output.text(`${pc.green('replaced')} by entry ${entry}\n${pc.dim(`was  ${before}`)}\nkey  ${after}`)
          return 0
        } finally {
          await records.close()
        }
      }),
    )
}

/** The trust policy that the manifest names, absolute; null for none. */
function policyOf(manifest: string): string | null {
  const policy = readDeclared(manifest)?.ledger.policy
  return policy === undefined ? null : resolve(dirname(resolve(manifest)), policy)
}

/** @throws BailiwickError `LEDGER_POLICY`: no gateway would start with the key */
function assertNamed(file: string, key: string): void {
  const policy = readPolicy(file)
  if (policy.logs.length > 0 && !isAbout(policy, key))
    throw new BailiwickError('LEDGER_POLICY', `the policy \`${file}\` does not name the new key, with which no gateway would start`, {
      mend: `put \`log ${key}\` into it, beside the old one`,
    })
}
