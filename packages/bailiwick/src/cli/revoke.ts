import { Argument } from 'commander'
import type { Command } from 'commander'
import pc from 'picocolors'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { everything, linkText, revocableKinds } from '../model/lineage.ts'
import type { Link, RevocableKind } from '../model/lineage.ts'
import { action, command } from './command.ts'
import type { ExitCode } from './command.ts'
import { currentUser, openRecords } from './installation.ts'
import type { Locations, Records } from './installation.ts'
import type { Output } from './output.ts'
import { safe, table } from './output.ts'

const kinds = revocableKinds.filter((kind) => kind !== 'everything')

interface CauseOptions {
  readonly because?: string
  readonly lift?: boolean
}

export function revokeCommand(): Command {
  return command('revoke', 'cut off an agent, a goal, a session, a token, a delegation or a key')
    .description(
      'Cuts a link that calls descend from: nothing that descends from it makes another call, in any process, and what is under way is cancelled. Without arguments, lists what is revoked. Agents and goals can be given back with `--lift`.',
    )
    .addArgument(new Argument('[kind]').choices(kinds))
    .argument('[id]', 'its name, id or thumbprint')
    .option('--because <text>', 'why, for the record')
    .option('--lift', 'give it back')
    .action(
      action(async ({ output, locations }, kind: RevocableKind | undefined, id: string | undefined, options: CauseOptions) => {
        if (kind === undefined) return list(output, locations)
        if (id === undefined)
          throw new BailiwickError('USAGE', `it is not said which ${kind}`, { mend: `write \`bailiwick revoke ${kind} <id>\`` })
        return change(output, locations, { kind, id }, options)
      }),
    )
}

export function stopCommand(): Command {
  return command('stop', 'let no agent make another call, at once')
    .description(
      'The kill switch: no call of any session is let through by any process of this installation, and what is under way is cancelled, until `bailiwick stop --lift`. Sessions, tokens and rules stay as they are.',
    )
    .option('--because <text>', 'why, for the record')
    .option('--lift', 'let calls be decided again')
    .action(action(async ({ output, locations }, options: CauseOptions) => change(output, locations, everything, options)))
}

async function change(output: Output, locations: Locations, link: Link, { because, lift = false }: CauseOptions): Promise<ExitCode> {
  const records = await openRecords(locations, output.note)
  try {
    const cause = { by: currentUser(), reason: because ?? '' }
    if (lift) await records.revocations.lift(link, cause)
    else {
      const known = await records.revocations.revoke(link, cause)
      await endSession(records, link)
      if (!known) output.note(`${linkText(link)} was revoked before`)
    }
    output.data({ ...link, revoked: !lift })
    output.text(safe(`${linkText(link)} ${lift ? pc.green('may make calls again') : pc.red('is revoked')}`))
    return 0
  } finally {
    await records.close()
  }
}

/** A session that is cut off is shown as revoked, too; one that had ended stays as it ended. */
async function endSession({ sessions }: Records, { kind, id }: Link): Promise<void> {
  if (kind !== 'session') return
  const { state } = await sessions.find(id)
  if (state === 'active' || state === 'paused') await sessions.change(id, 'revoke', currentUser())
}

async function list(output: Output, locations: Locations): Promise<ExitCode> {
  const records = await openRecords(locations, output.note)
  const found = await records.revocations.list()
  await records.close()
  output.data(found.map(({ link, at }) => ({ ...link, at: new Date(at).toISOString() })))
  if (found.length === 0) output.text('nothing is revoked')
  else
    output.text(
      table(
        ['kind', 'id', 'since'],
        found.map(({ link, at }) => [link.kind, safe(link.id), new Date(at).toISOString()]),
      ),
    )
  return 0
}
