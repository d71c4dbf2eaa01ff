import { Option } from 'commander'
import type { Command } from 'commander'
import pc from 'picocolors'
import type { SessionChange } from '../authority/sessions.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { durationPattern, milliseconds } from '../model/quantity.ts'
import type { Session } from '../model/session.ts'
import { action, command } from './command.ts'
import { currentUser, openInstallation, openRecords } from './installation.ts'
import { safe, table } from './output.ts'
import { openingFrom, withOpening } from './session-options.ts'
import type { OpeningOptions } from './session-options.ts'
import { delegateCommand } from './sessions/delegate.ts'
import { revokeSession } from './sessions/revoke-session.ts'
import { sessionTree } from './sessions/session-tree.ts'
import { wholeNumber } from './whole-number.ts'

export function sessionsCommand(): Command {
  const sessions = command('sessions', 'list sessions, or open, delegate, pause, resume, revoke, close one')
    .description('Lists sessions, newest first, each with those that were delegated from it.')
    .addOption(new Option('--limit <n>', 'how many to list').argParser(wholeNumber(1)).default(20))
    .action(
      action(async ({ output, locations }, options: { limit: number }) => {
        const installation = await openRecords(locations, output.note)
        const found = await installation.sessions.list(options.limit)
        await installation.close()
        output.data(found)
        if (found.length === 0) output.text('no sessions yet')
        else output.text(table(['session', 'state', 'agent', 'goal', 'for', 'opened'], sessionTree(found).map(row)))
        return 0
      }),
    )
  sessions.addCommand(openCommand())
  sessions.addCommand(delegateCommand())
  for (const [change, summary] of [
    ['pause', 'let a session make no calls until it is resumed'],
    ['resume', 'let a paused session go on'],
    ['revoke', 'end a session for good, in force on its next call'],
    ['close', 'end a session that has done its work'],
  ] as const)
    sessions.addCommand(changeCommand(change, summary))
  return sessions
}

function openCommand(): Command {
  return withOpening(command('open', 'open a session and print its bearer token'))
    .description(
      'Opens a session for `bailiwick up` and prints the bearer token that an agent uses it with. The token is shown once and kept nowhere.',
    )
    .option('--lifetime <duration>', 'how long the token is good for', '1h')
    .action(
      action(async ({ output, locations }, options: OpeningOptions & { lifetime: string }) => {
        if (!durationPattern.test(options.lifetime))
          throw new BailiwickError('USAGE', `\`${options.lifetime}\` is not a duration`, { mend: 'write it like `90s`, `10m` or `1h`' })
        const installation = await openInstallation(locations, output.note)
        const session = await installation.sessions.open(installation.runtime.rules.current, await openingFrom(installation, options))
        const token = await installation.token(session, milliseconds(options.lifetime))
        const { port } = installation.runtime.rules.current.manifest.http
        await installation.close()
        output.data({ session, token, url: `http://127.0.0.1:${port}/mcp` })
        output.text(
          `${pc.bold('session')}  ${session.id}\n${pc.bold('url')}      http://127.0.0.1:${port}/mcp\n${pc.bold('token')}    ${token}`,
        )
        return 0
      }),
    )
}

function changeCommand(change: SessionChange, summary: string): Command {
  return command(change, summary)
    .argument('<session>')
    .action(
      action(async ({ output, locations }, id: string) => {
        const installation = await openRecords(locations, output.note)
        await (change === 'revoke' ? revokeSession(installation, id) : installation.sessions.change(id, change, currentUser()))
        const session = await installation.sessions.find(id)
        await installation.close()
        output.data(session)
        output.text(`${id} is ${session.state}`)
        return 0
      }),
    )
}

function row({ session, depth }: { readonly session: Session; readonly depth: number }): string[] {
  const params = Object.entries(session.params).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return [
    `${'  '.repeat(Math.max(0, depth - 1))}${depth === 0 ? '' : '└ '}${session.id}`,
    session.state,
    session.agent,
    safe([session.goal, ...params].join(' ')),
    safe(session.person ?? '-'),
    new Date(session.opened).toISOString().slice(0, 19).replace('T', ' '),
  ]
}
