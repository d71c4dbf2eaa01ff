import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import pc from 'picocolors'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { checkRuleset, loadRuleset } from '../../model/load-ruleset.ts'
import type { Ruleset, Tool } from '../../model/ruleset.ts'
import { action, command } from '../command.ts'
import type { ExitCode } from '../command.ts'
import { diagnosticText } from '../output.ts'
import type { Output } from '../output.ts'
import { replaceFile } from '../replace-file.ts'
import { nameArgument } from './name-argument.ts'
import { newSuiteCommand } from './new-suite.ts'
import { goalScaffold, gravestTool, policyScaffold } from './scaffold.ts'
import { withGoal } from './with-goal.ts'

export function newCommand(): Command {
  return new Command('new')
    .enablePositionalOptions()
    .summary('write a policy, a goal or a suite to begin with')
    .addCommand(policyCommand())
    .addCommand(goalCommand())
    .addCommand(newSuiteCommand())
}

function policyCommand(): Command {
  return command('policy', 'write policies/<name>.cedar')
    .argument('<name>', 'the name of the policy and its file', nameArgument)
    .option('--tool <tool>', 'the tool that it is about')
    .action(
      action(async ({ output, locations }, policy: string, options: { tool?: string }) => {
        const ruleset = loadRuleset(locations.manifest)
        const tool = options.tool === undefined ? gravestTool(ruleset.tools.values()) : toolNamed(ruleset, options.tool)
        if (tool === null)
          throw new BailiwickError('USAGE', 'the manifest has no tools that a policy could be about', { mend: 'declare one, and pin it' })
        const file = join(dirname(resolve(locations.manifest)), 'policies', `${policy}.cedar`)
        if (existsSync(file)) throw new BailiwickError('USAGE', `\`${file}\` exists already`, { mend: 'choose another name' })
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, policyScaffold(policy, tool), { flag: 'wx' })
        return checked(output, locations.manifest, file)
      }),
    )
}

function goalCommand(): Command {
  return command('goal', 'add a goal to the manifest')
    .argument('<name>', 'the name of the goal', nameArgument)
    .requiredOption('--tool <tool>', 'a tool that it needs; repeat for each', repeated)
    .action(
      action(async ({ output, locations }, goal: string, options: { tool: readonly string[] }) => {
        const ruleset = loadRuleset(locations.manifest)
        const tools = [...new Set(options.tool)].map((tool) => toolNamed(ruleset, tool))
        const manifest = resolve(locations.manifest)
        replaceFile(manifest, withGoal(readFileSync(manifest, 'utf8'), goal, goalScaffold(goal, tools)))
        const code = checked(output, locations.manifest, manifest)
        output.text(`next: frame its arguments, and add \`${goal}\` to the \`goals\` of the agents that may pursue it`)
        return code
      }),
    )
}

function repeated(one: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), one]
}

function toolNamed(ruleset: Ruleset, key: string): Tool {
  const tool = ruleset.tools.get(key)
  if (tool === undefined)
    throw new BailiwickError('USAGE', `the inventory has no tool \`${key}\``, {
      mend: `its tools are ${[...ruleset.tools.keys()].join(', ')}`,
    })
  return tool
}

/** Says what was written, and whether the whole still holds together. */
function checked(output: Output, manifest: string, written: string): ExitCode {
  const { ruleset, diagnostics } = checkRuleset(manifest)
  if (!output.json) for (const finding of diagnostics) output.note(diagnosticText(finding))
  const file = relative(process.cwd(), written)
  output.data({ written: file, ok: ruleset !== null, diagnostics })
  output.text(`${pc.green('written')} ${file}`)
  return ruleset === null ? 2 : 0
}
