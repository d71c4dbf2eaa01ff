import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { Lab } from '../../evals/lab/lab.ts'
import { readTrace } from '../../evals/run/read-trace.ts'
import { targetsOf } from '../../evals/redteam/red-team.ts'
import { readSuite } from '../../evals/suite/read-suite.ts'
import { readParameters } from '../../authority/session-parameters.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import type { Goal, Ruleset } from '../../model/ruleset.ts'
import { action, command } from '../command.ts'
import type { Locations } from '../installation.ts'
import { openRecords } from '../installation.ts'
import { diagnosticText } from '../output.ts'
import { readRules } from '../evals/read-rules.ts'
import { agentSuitesFolder, writeSuite } from '../evals/suite-files.ts'
import { parameter } from '../session-options.ts'
import { importedSuite } from './import-suite.ts'
import { nameArgument } from './name-argument.ts'
import { recordedScaffold, suiteScaffold } from './suite-scaffold.ts'

interface NewSuiteOptions {
  readonly agent?: string
  readonly goal?: string
  readonly param?: Readonly<Record<string, string>>
  readonly from?: string
  readonly fromPromptfoo?: string
}

export function newSuiteCommand(): Command {
  return command('suite', 'write suites/<name>.yaml')
    .argument('<name>', 'the name of the suite and its file', nameArgument)
    .option('--agent <name>', 'the agent that works')
    .option('--goal <name>', 'what it is to reach')
    .option('--param <name=value>', 'a parameter of the goal; repeat for each', parameter)
    .option('--from <session>', 'make it from a recorded session: its calls, and what its tools gave back')
    .option('--from-promptfoo <file>', 'make it from a configuration of promptfoo')
    .action(
      action(async ({ output, locations }, name: string, options: NewSuiteOptions) => {
        const { ruleset } = readRules(locations.manifest, [])
        const folder = agentSuitesFolder(locations.manifest, undefined)
        const file = join(folder, `${name}.yaml`)
        if (existsSync(file)) throw new BailiwickError('USAGE', `\`${file}\` exists already`, { mend: 'choose another name' })
        const { text, diagnostics } = await suiteText(locations, ruleset, options, output.note)
        const unfit = readSuite(file, file, text, ruleset).diagnostics
        writeSuite(folder, `${name}.yaml`, text)
        const all = [...diagnostics, ...unfit]
        if (!output.json) for (const finding of all) output.note(diagnosticText(finding))
        output.data({ written: file, ok: unfit.length === 0, diagnostics: all })
        output.text(`${pc.green('written')} ${file}\nnext: put your agent under \`underTest\`, and run \`bailiwick eval\``)
        return unfit.length === 0 ? 0 : 2
      }),
    )
}

async function suiteText(
  locations: Locations,
  ruleset: Ruleset,
  options: NewSuiteOptions,
  report: (line: string) => void,
): Promise<{ readonly text: string; readonly diagnostics: readonly Diagnostic[] }> {
  if (options.from !== undefined && options.fromPromptfoo !== undefined)
    throw new BailiwickError('USAGE', '`--from` and `--from-promptfoo` do not go together')
  if (options.from !== undefined) return { text: await fromSession(locations, ruleset, options.from, report), diagnostics: [] }
  const { agent, goal } = chosen(ruleset, options)
  const params = options.param === undefined ? null : readParameters(goal, options.param)
  if (options.fromPromptfoo !== undefined)
    return importedSuite(locations.manifest, options.fromPromptfoo, { agent, goal: goal.name, params: params ?? {} })
  const target = targetsOf(ruleset, [goal.name]).targets.find((one) => one.agent === agent)
  if (target === undefined)
    throw new BailiwickError('USAGE', `no parameters of \`${goal.name}\` can be derived from their declarations`, {
      mend: 'give them with `--param`',
    })
  return { text: suiteScaffold(params === null ? target : { ...target, params }, new Lab(ruleset)), diagnostics: [] }
}

/** The agent and goal that are named, or the only ones that there are. */
function chosen(ruleset: Ruleset, { agent, goal }: NewSuiteOptions): { readonly agent: string; readonly goal: Goal } {
  const agents = [...ruleset.agents.values()].filter(
    ({ name, goals }) => (agent === undefined || name === agent) && (goal === undefined || goals.includes(goal)),
  )
  const [only] = agents
  if (only === undefined) throw new BailiwickError('AGENT_UNKNOWN', 'no agent of the manifest is that one and pursues that goal')
  const name = goal ?? only.goals[0] ?? ''
  if (agents.length > 1 || (goal === undefined && only.goals.length > 1))
    throw new BailiwickError('USAGE', 'there is more than one agent, or more than one goal', {
      mend: 'say which with `--agent` and `--goal`',
    })
  return { agent: only.name, goal: ruleset.goals.get(name) as Goal }
}

async function fromSession(locations: Locations, ruleset: Ruleset, id: string, report: (line: string) => void): Promise<string> {
  const { sessions, ledgerStore, close } = await openRecords(locations, report)
  try {
    const session = await sessions.find(id)
    return recordedScaffold(session, (await readTrace(ledgerStore, id)).calls, ruleset)
  } finally {
    await close()
  }
}
