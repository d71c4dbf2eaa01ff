import { existsSync, rmSync } from 'node:fs'
import type { Command } from 'commander'
import { action, command } from './command.ts'
import { tokenFile } from './login.ts'

export function logoutCommand(): Command {
  return command('logout', 'remove the token that `login` kept')
    .description(
      'Removes the token that `bailiwick login` kept. Sessions that were opened with it go on; at the provider you stay signed in.',
    )
    .option('--out <path>', 'where the token is kept (default: .bailiwick/person.jwt beside the manifest)')
    .action(
      action(async ({ output, locations }, { out }: { out?: string }) => {
        const file = tokenFile(locations, out)
        const removed = existsSync(file)
        rmSync(file, { force: true })
        output.data({ file, removed })
        output.text(removed ? `removed ${file}` : 'nobody was signed in')
        return 0
      }),
    )
}
