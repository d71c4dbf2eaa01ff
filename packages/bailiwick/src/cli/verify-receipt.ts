import type { Command } from 'commander'
import pc from 'picocolors'
import { readPolicy } from '../ledger/witness/read-policy.ts'
import { checkReceipt } from '../ledger/witness/receipt-proof.ts'
import { action, command } from './command.ts'
import { safe } from './output.ts'
import { readNamedFile } from './read-named-file.ts'

export function verifyReceiptCommand(): Command {
  return command('verify-receipt', 'check a receipt offline, by a trust policy')
    .description(
      'Checks a C2SP tlog-proof of `bailiwick log prove --policy`: that the entry is in the ledger, under a head that the policy trusts. Needs no store, no server and no network. Exit code 1 when it shows nothing.',
    )
    .argument('<file>', 'the proof; `-` for standard input')
    .requiredOption('--policy <file>', 'whom you trust: a C2SP tlog-policy of logs, witnesses and a quorum')
    .action(
      action(async ({ output }, file: string, options: { policy: string }) => {
        const answer = await checkReceipt(readNamedFile(file), readPolicy(options.policy))
        output.data(answer)
        if (!answer.ok) {
          output.note(`${pc.red('not proved')} ${safe(answer.problem)}`)
          return 1
        }
        const seen = answer.witnesses.map(({ name, time }) => `witnessed by ${name} at ${time}`)
        output.text(
          `${pc.green('proved')} ${safe(JSON.stringify(answer.entry, null, 2))}\n${pc.dim(safe(`entry ${answer.index} of ${answer.size}, ${answer.origin}`))}`,
        )
        for (const line of seen.length === 0 ? ['no witness: the policy asks for none'] : seen) output.text(pc.dim(safe(line)))
        return 0
      }),
    )
}
