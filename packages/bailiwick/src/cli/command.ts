import { Command } from 'commander'
import { consoleOutput } from './output.ts'
import type { Output } from './output.ts'
import type { Locations } from './installation.ts'

/** What every command is given besides its own options. */
export interface CommandContext {
  readonly output: Output
  readonly locations: Locations
}

/** What a command comes to: 0 done, 1 done and the answer is no, 2 could not be done. */
export type ExitCode = 0 | 1 | 2

interface GlobalOptions {
  readonly manifest: string
  readonly state?: string
  readonly json?: boolean
}

/** A command with the options that all share. */
export function command(name: string, summary: string): Command {
  return new Command(name)
    .enablePositionalOptions()
    .summary(summary)
    .option('-m, --manifest <path>', 'the manifest', process.env['BAILIWICK_MANIFEST'] ?? 'bailiwick.yaml')
    .option('--state <folder>', 'folder of keys and ledger (default: .bailiwick beside the manifest)', process.env['BAILIWICK_STATE'])
    .option('--json', 'print the result as JSON')
}

/** Turns what a command does into commander's action, setting the exit code. */
export function action<A extends readonly unknown[]>(
  work: (context: CommandContext, ...args: A) => Promise<ExitCode>,
): (this: Command, ...args: unknown[]) => Promise<void> {
  return async function (this: Command, ...args) {
    const options = this.opts<GlobalOptions>()
    const context: CommandContext = {
      output: consoleOutput(options.json === true),
      locations: { manifest: options.manifest, state: options.state ?? null },
    }
    // Commander gives the arguments, then the options, then the command itself.
    process.exitCode = await work(context, ...(args.slice(0, -1) as unknown as A))
  }
}
