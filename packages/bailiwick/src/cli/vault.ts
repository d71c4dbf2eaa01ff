import { Command } from 'commander'
import pc from 'picocolors'
import { dueForErasure } from '../ledger/vault/retention.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { loadRuleset } from '../model/load-ruleset.ts'
import { action, command } from './command.ts'
import { currentUser, openRecords } from './installation.ts'
import type { Records } from './installation.ts'
import { safe } from './output.ts'

/** More sessions than anybody will erase by hand. */
const mostSessions = 1_000_000

export function vaultCommand(): Command {
  return new Command('vault')
    .enablePositionalOptions()
    .summary('erase what receipts commit to: requests, arguments, results')
    .description(
      'What receipts commit to is kept beside the tree, sealed under a key for each session. To erase it is to destroy that key: the receipts stay, and their proofs hold.',
    )
    .addCommand(eraseCommand())
    .addCommand(sweepCommand())
}

interface EraseOptions {
  readonly session?: string
  readonly person?: string
  readonly because: string
}

function eraseCommand(): Command {
  return command('erase', 'erase what one session held, or all sessions of a person')
    .option('--session <id>', 'the session')
    .option('--person <name>', 'the person on whose behalf the sessions were')
    .requiredOption('--because <text>', 'why, for the record')
    .action(
      action(async ({ output, locations }, { session, person, because }: EraseOptions) => {
        if ((session === undefined) === (person === undefined)) throw new BailiwickError('USAGE', 'give either `--session` or `--person`')
        const records = await openRecords(locations, output.note)
        try {
          const wanted =
            session === undefined
              ? (await records.sessions.list(mostSessions)).filter((one) => one.person === person)
              : [await records.sessions.find(session)]
          const active = wanted.find(({ state }) => state === 'active' || state === 'paused')
          if (active !== undefined)
            throw new BailiwickError(
              'SESSION_STATE',
              `the session \`${active.id}\` has not ended, and could not go on without what is erased`,
              {
                mend: `end it first: \`bailiwick sessions close ${active.id}\``,
              },
            )
          const erased = []
          for (const { id } of wanted)
            erased.push({ session: id, payloads: await records.erase({ session: id, by: currentUser(), reason: because }) })
          output.data({ erased })
          for (const one of erased) output.text(`${pc.green('erased')} ${one.session}: ${one.payloads} payloads`)
          if (erased.length === 0) output.text(`there are no sessions of ${safe(person ?? '')}`)
          return 0
        } finally {
          await records.close()
        }
      }),
    )
}

function sweepCommand(): Command {
  return command('sweep', 'erase what the manifest’s `retention` no longer keeps')
    .description('`bailiwick up` does this every hour by itself.')
    .option('--dry-run', 'only say what would be erased')
    .action(
      action(async ({ output, locations }, options: { dryRun?: boolean }) => {
        const { retention } = loadRuleset(locations.manifest).manifest
        const records = await openRecords(locations, output.note)
        try {
          const due = await dueSessions(records, retention, Date.now())
          if (options.dryRun !== true) for (const { session, reason } of due) await records.erase({ session, by: 'retention', reason })
          output.data({ erased: options.dryRun === true ? [] : due, due })
          for (const { session, reason } of due)
            output.text(`${options.dryRun === true ? 'due' : pc.green('erased')} ${session}: ${safe(reason)}`)
          if (due.length === 0) output.text('nothing is due')
          return 0
        } finally {
          await records.close()
        }
      }),
    )
}

/** Sessions that have ended and whose payloads are kept no longer. */
export function dueSessions(
  { ledgerStore, sessions }: Pick<Records, 'ledgerStore' | 'sessions'>,
  retention: Parameters<typeof dueForErasure>[1],
  now: number,
): ReturnType<typeof dueForErasure> {
  return dueForErasure(ledgerStore, retention, now, async (id) => {
    const { state } = await sessions.find(id)
    return state === 'closed' || state === 'revoked'
  })
}
