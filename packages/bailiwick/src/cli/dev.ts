import type { Command } from 'commander'
import pc from 'picocolors'
import { action, command } from './command.ts'
import { withReload } from './followed-rules.ts'
import type { ReloadOption } from './followed-rules.ts'
import { serveSession } from './mcp.ts'
import { withOpening } from './session-options.ts'
import type { OpeningOptions } from './session-options.ts'

export function devCommand(): Command {
  return withReload(withOpening(command('dev', 'serve one session with mocked tools, and show each decision as it is made')))
    .description(
      'Like `mcp`, with the rules as they are, and a mock in the place of each toolbox: nothing is done, nothing is reached. Each decision is shown on standard error. ' +
        'Rules that are saved come into force at once. A result to give is read from `fixtures/<toolbox>.<tool>.json` beside the manifest (structured content, or a whole result); ' +
        "without one it is made up from the tool's output schema. Keys and ledger are `.bailiwick/dev`, apart from the real ones.",
    )
    .action(
      action(async ({ locations }, options: OpeningOptions & ReloadOption) => {
        process.stderr.write(`${pc.bold('bailiwick dev')}: every tool is a mock\n`)
        await serveSession({ ...locations, mocked: true }, options, (line) => void process.stderr.write(`${line}\n`))
        return 0
      }),
    )
}
