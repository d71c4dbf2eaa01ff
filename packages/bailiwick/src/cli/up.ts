import { createAdaptorServer } from '@hono/node-server'
import { Option } from 'commander'
import type { Command } from 'commander'
import pc from 'picocolors'
import { httpGateway } from '../enforce/mcp/http-gateway.ts'
import { HttpSessions } from '../enforce/mcp/http-sessions.ts'
import { listenOnLoopback } from '../enforce/mcp/loopback.ts'
import { action, command } from './command.ts'
import { ExportStreams } from './export/export-streams.ts'
import { openInstallation } from './installation.ts'
import { safe } from './output.ts'
import { sweepRetention } from './retention-sweep.ts'
import { ScheduledChecks } from './scheduled-checks.ts'
import { followedRules, withReload } from './followed-rules.ts'
import type { ReloadOption } from './followed-rules.ts'
import { port } from './whole-number.ts'

const sweepEvery = 1000

export function upCommand(): Command {
  return withReload(command('up', 'serve sessions to MCP clients over HTTP on this machine'))
    .description(
      'Serves streamable HTTP at http://127.0.0.1:<port>/mcp to every session opened with `bailiwick sessions open`, each by its bearer token.',
    )
    .addOption(new Option('--port <n>', "the port, instead of the manifest's; 0 for any that is free").argParser(port))
    .action(
      action(async ({ output, locations }, options: { port?: number } & ReloadOption) => {
        const { stop, follow } = followedRules(options.reload, locations)
        const installation = await openInstallation(locations, (line) => output.note(`bailiwick: ${safe(line)}`))
        const { runtime } = installation
        const streams = new ExportStreams({
          store: installation.ledgerStore,
          cursors: installation.cursors,
          ledger: runtime.ledger,
          environment: process.env,
          report: runtime.report,
          tokenKeys: installation.tokenKeys,
        })
        await streams.use(runtime.rules.current)
        const sessions = new HttpSessions(runtime, process.env)
        let origin = ''
        const app = httpGateway({ runtime, sessions, origin: () => origin, ...installation.server })
        const server = createAdaptorServer({ fetch: app.fetch })
        const listening = await listenOnLoopback(server, options.port ?? runtime.rules.current.manifest.http.port).catch(
          async (error: unknown) => {
            await streams.stop()
            throw error
          },
        )
        origin = listening.origin
        installation.address.origin = origin
        output.data({ url: `${origin}/mcp`, digest: runtime.rules.current.digest })
        output.text(
          `${pc.bold('Bailiwick')} listens at ${origin}/mcp\n${pc.dim(`rules ${runtime.rules.current.digest}`)}\nopen a session:  bailiwick sessions open --agent … --goal …`,
        )
        const unfollow = follow(installation)
        const unfollowSinks = runtime.rules.follow(() => streams.follow(runtime.rules.current))
        const scheduled = new ScheduledChecks(locations, runtime)
        scheduled.start()
        const endSweeps = sweepRetention(runtime, installation)
        const sweeper = setInterval(
          () =>
            void Promise.all([sessions.sweep(), installation.personTokens.sweep()]).catch((error: unknown) =>
              runtime.report(String(error)),
            ),
          sweepEvery,
        )
        await new Promise<void>((resolve) => (stop.aborted ? resolve() : stop.addEventListener('abort', () => resolve())))
        clearInterval(sweeper)
        await scheduled.stop()
        await endSweeps()
        unfollowSinks()
        await unfollow()
        listening.refuse()
        await sessions.close()
        await streams.stop()
        await listening.close()
        await installation.close()
        return 0
      }),
    )
}
