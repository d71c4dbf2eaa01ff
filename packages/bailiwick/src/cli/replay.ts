import type { Command } from 'commander'
import pc from 'picocolors'
import { sessionsOfFamily } from '../authority/session-chain.ts'
import { replaySession } from '../evals/replay-session.ts'
import type { Answer, ReplayedCall } from '../evals/replay-session.ts'
import { action, command } from './command.ts'
import { installedRuleset, openRecords } from './installation.ts'
import { responseText, safe, table } from './output.ts'

export function replayCommand(): Command {
  return command('replay', 'what the present rules would have decided in a past session')
    .description(
      'Decides every call of a recorded session again by the rules as they are now, and shows what would be answered otherwise. ' +
        'Nothing is carried out. Limits, labels and facts are those that each call met then.',
    )
    .argument('<session>', 'a session, from `bailiwick sessions list`')
    .option('--all', 'show the calls that would be answered alike, too')
    .option('--fail-on-change', 'exit code 1 when any call would be answered otherwise')
    .action(
      action(async ({ output, locations }, id: string, options: { all?: boolean; failOnChange?: boolean }) => {
        const ruleset = installedRuleset(locations)
        const records = await openRecords(locations, output.note)
        const session = await records.sessions.find(id)
        const calls = await replaySession(ruleset, session, records.ledgerStore, await sessionsOfFamily(records.sessions, id))
        await records.close()
        const changed = calls.filter((call) => call.changed)
        const unjudged = calls.filter((call) => call.now === null)
        output.data({ session: id, policyDigest: ruleset.digest, calls })
        const shown = options.all === true ? calls : calls.filter((call) => call.changed || call.now === null)
        if (shown.length > 0) output.text(table(['time', 'call', 'tool', 'then', 'now', 'why'], shown.map(row)))
        output.text(
          `${calls.length} call${calls.length === 1 ? '' : 's'}: ${changed.length} otherwise${unjudged.length === 0 ? '' : `, ${unjudged.length} that cannot be judged again`}`,
        )
        return options.failOnChange === true && changed.length > 0 ? 1 : 0
      }),
    )
}

function row({ call, tool, time, was, now, why }: ReplayedCall): readonly string[] {
  const reason = now === null ? (why ?? '') : now.reason === '' ? now.rule : `${now.rule}: ${now.reason}`
  return [time.slice(0, 19), call, safe(tool), answer(was), now === null ? pc.dim('?') : answer(now), safe(reason)]
}

function answer({ response }: Answer): string {
  return responseText(response)
}
