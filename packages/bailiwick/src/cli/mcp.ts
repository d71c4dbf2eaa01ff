import type { Command } from 'commander'
import { GovernedSession } from '../enforce/governed-session.ts'
import { SessionGateway } from '../enforce/mcp/session-gateway.ts'
import { serveSessionOnStdio } from '../enforce/mcp/stdio-gateway.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { action, command } from './command.ts'
import { openInstallation } from './installation.ts'
import type { Locations } from './installation.ts'
import { followDecisions } from './decision-tail.ts'
import { safe } from './output.ts'
import { renewedCredential } from './renewed-credential.ts'
import { closeSession, provenOpening, withOpening } from './session-options.ts'
import type { OpeningOptions } from './session-options.ts'
import { followedRules, withReload } from './followed-rules.ts'
import type { ReloadOption } from './followed-rules.ts'

export function mcpCommand(): Command {
  return withReload(withOpening(command('mcp', 'serve one session to an MCP client on standard input and output')))
    .description(
      'Opens a session and serves it over stdio, so that any MCP client can be given this command in the place of its servers. The session ends with the client.',
    )
    .addHelpText(
      'after',
      `
In a client's configuration:
  { "mcpServers": { "bailiwick": { "command": "npx", "args": ["bailiwick", "mcp", "--manifest", "/path/to/bailiwick.yaml",
    "--agent", "sales-analyst", "--goal", "weekly-sales-report", "--param", "week=2026-W07"] } } }
`,
    )
    .action(
      action(async ({ locations }, options: OpeningOptions & ReloadOption) => {
        await serveSession(locations, options)
        return 0
      }),
    )
}

/** Opens a session and serves it on standard input and output until the client is gone. `show` is told each decision and outcome. */
export async function serveSession(
  locations: Locations,
  options: OpeningOptions & ReloadOption,
  show: ((line: string) => void) | null = null,
): Promise<void> {
  const report = (line: string): void => void process.stderr.write(`bailiwick: ${safe(line)}\n`)
  if (options.personToken === '-')
    throw new BailiwickError('USAGE', "standard input is the client's, and holds no token", { mend: 'give `--person-token` a file' })
  const { stop, follow } = followedRules(options.reload, locations)
  const installation = await openInstallation(locations, report)
  const { opening, token } = await provenOpening(installation, options).catch(async (error: unknown) => {
    await installation.close()
    throw error
  })
  const unfollow = follow(installation)
  const session = await installation.sessions.open(installation.runtime.rules.current, opening)
  if (token !== null) installation.personTokens.hold(session, token)
  report(`session ${session.id}: ${session.agent} towards ${session.goal}`)
  const gateway = new SessionGateway({
    governed: await GovernedSession.open(installation.runtime, session),
    point: 'mcp/stdio',
    credential: renewedCredential(installation, session),
    environment: process.env,
    eras: new Map(),
  })
  const shown = show === null ? null : await followDecisions(installation.ledgerStore, show)
  await serveSessionOnStdio(gateway, { input: process.stdin, output: process.stdout }, stop)
  await unfollow()
  await shown?.()
  await closeSession(installation, session.id)
  await installation.close()
  process.stdin.destroy()
}
