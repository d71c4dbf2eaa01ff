import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { checkRuleset } from '../model/load-ruleset.ts'
import { lockFile } from '../model/lock.ts'
import { formatLock } from '../model/lock.ts'
import { durationPattern } from '../model/quantity.ts'
import { action, command } from './command.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { clientConfigPlaces, findClientConfigs, namedClientConfig } from './init/find-client-configs.ts'
import type { ClientConfig, Surroundings } from './init/find-client-configs.ts'
import { manifestText } from './init/manifest-text.ts'
import { clientEntry } from './init/next-steps.ts'
import { proposedOwner } from './init/owner.ts'
import { readClientConfig } from './init/read-client-config.ts'
import { starterPolicy } from './init/starter-policy.ts'
import { survey } from './init/survey.ts'
import type { SurveyedToolbox } from './init/survey.ts'
import { planToolboxes } from './init/toolbox-plan.ts'
import type { ToolboxPlan } from './init/toolbox-plan.ts'
import { commentText } from './init/yaml-text.ts'
import { diagnosticText, safe } from './output.ts'
import type { Output } from './output.ts'
import { replaceFile } from './replace-file.ts'

interface InitOptions {
  readonly config?: readonly string[]
  readonly agent: string
  readonly trustDomain: string
  readonly timeout: string
  readonly force?: boolean
}

/** A server that is not in the manifest, and why. */
interface Failure {
  readonly server: string
  readonly config: string
  readonly problem: string
}

export function initCommand(): Command {
  return command('init', 'find the MCP servers that you use and write a manifest for them')
    .description(
      'Finds the MCP servers that clients on this machine are configured with, starts each one to ask for its tools, and writes a manifest, its lock and a first policy. Everything that it guesses is marked as a proposal. Exit code 1 when a server had to be left out.',
    )
    .option('--config <file>', 'read this configuration of a client instead of looking for some; repeat for more', collected)
    .option('--agent <name>', "the agent's name", 'my-agent')
    .option('--trust-domain <name>', "the domain that vouches for your agents' names", 'localhost')
    .option('--timeout <duration>', 'how long a server may take to start or to answer', '60s')
    .option('--force', 'replace the files that are there')
    .action(action(init))
}

async function init({ output, locations }: CommandContext, options: InitOptions): Promise<ExitCode> {
  checkOptions(options)
  const manifest = resolve(locations.manifest)
  const base = dirname(manifest)
  const files = { manifest, lock: join(base, lockFile), policy: join(base, 'policies', 'starter.cedar') }
  const there = Object.values(files).filter((path) => existsSync(path))
  if (there.length > 0 && options.force !== true)
    throw new BailiwickError('USAGE', `\`${there.join('`, `')}\` ${there.length === 1 ? 'is' : 'are'} there already`, {
      mend: 'give `--force` to replace what is there, or name another manifest with `--manifest`',
    })

  const surroundings: Surroundings = { home: homedir(), cwd: process.cwd(), platform: process.platform, environment: process.env }
  const failures: Failure[] = []
  const plans = plansFrom(configsFor(options, surroundings), base, surroundings, failures, output)
  const toolboxes = await surveyAll(plans, base, options.timeout, failures, output)
  if (toolboxes.length === 0)
    throw new BailiwickError(failures.length === 0 ? 'USAGE' : 'UPSTREAM_FAILED', 'no server is left to write a manifest for', {
      mend:
        failures.length === 0
          ? 'name the configuration of a client that has MCP servers with `--config`'
          : 'mend what is said above about each server, and run this again',
    })

  const destructive = toolboxes.some(({ tools }) => tools.some(({ proposal }) => proposal.effect === 'destructive'))
  const definitions = toolboxes.map(
    ({ plan, tools }) => [plan.name, Object.fromEntries(tools.map(({ definition }) => [definition.name, definition]))] as const,
  )
  mkdirSync(dirname(files.policy), { recursive: true })
  replaceFile(files.policy, starterPolicy(destructive))
  replaceFile(files.lock, formatLock({ version: 1, toolboxes: Object.fromEntries(definitions) }))
  replaceFile(files.manifest, manifestText({ ...options, owner: proposedOwner(base), toolboxes }))
  const { ruleset, diagnostics } = checkRuleset(manifest)
  for (const diagnostic of diagnostics) output.note(diagnosticText(diagnostic))
  report(output, {
    files,
    toolboxes,
    failures,
    client: clientEntry(
      manifest,
      options.agent,
      toolboxes.map(({ plan }) => plan),
    ),
  })
  return failures.length > 0 || ruleset === null ? 1 : 0
}

function collected(file: string, before: readonly string[] = []): readonly string[] {
  return [...before, file]
}

function checkOptions({ agent, trustDomain, timeout }: InitOptions): void {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,62}$/.test(agent))
    throw new BailiwickError('USAGE', `\`${agent}\` cannot be the name of an agent`, {
      mend: 'use letters, digits and hyphens, and begin with a letter',
    })
  if (!/^[a-z0-9]([a-z0-9.-]{0,253}[a-z0-9])?$/.test(trustDomain))
    throw new BailiwickError('USAGE', `\`${trustDomain}\` cannot be a trust domain`, {
      mend: 'use lower-case letters, digits, dots and hyphens, as in `corp.example`',
    })
  if (!durationPattern.test(timeout))
    throw new BailiwickError('USAGE', `\`${timeout}\` is not a duration`, { mend: 'write it like `90s`, `10m` or `1h`' })
}

function configsFor({ config }: InitOptions, surroundings: Surroundings): readonly ClientConfig[] {
  if (config !== undefined) return config.map((file) => namedClientConfig(file, surroundings))
  const found = findClientConfigs(surroundings)
  if (found.length > 0) return found
  const places = clientConfigPlaces(surroundings).map(({ path }) => path)
  throw new BailiwickError('USAGE', `no client on this machine has a configuration in ${places.join(', ')}`, {
    mend: 'name the file that lists your MCP servers with `--config`',
  })
}

function plansFrom(
  configs: readonly ClientConfig[],
  base: string,
  surroundings: Surroundings,
  failures: Failure[],
  output: Output,
): readonly ToolboxPlan[] {
  const read = configs.map((config) => ({ config, ...readClientConfig(config) }))
  for (const { config, servers, problems, skipped } of read) {
    output.note(`${config.path}: ${servers.length} server${servers.length === 1 ? '' : 's'}`)
    for (const { name, reason } of skipped) output.note(`  ${pc.dim('passed over')} ${commentText(name)}: ${reason}`)
    for (const { name, problem } of problems) fail(failures, output, { server: name, config: config.path, problem })
  }
  const { plans, problems } = planToolboxes(
    read.flatMap(({ servers }) => servers),
    base,
    surroundings,
  )
  for (const { configured, problem } of problems)
    fail(failures, output, { server: configured.name, config: configured.config.path, problem })
  return plans
}

function fail(failures: Failure[], output: Output, failure: Failure): void {
  failures.push(failure)
  const name = failure.server === '' ? failure.config : commentText(failure.server)
  output.note(`  ${pc.red('left out')} ${name}: ${safe(failure.problem)}`)
}

async function surveyAll(
  plans: readonly ToolboxPlan[],
  base: string,
  timeout: string,
  failures: Failure[],
  output: Output,
): Promise<readonly SurveyedToolbox[]> {
  const shown = new Set<string>()
  const toolboxes: SurveyedToolbox[] = []
  for (const plan of plans) {
    output.progress(`starting ${plan.name}…`)
    try {
      const toolbox = await survey(plan, {
        base,
        timeout,
        shown,
        report: (line) => output.note(`  ${pc.dim(safe(line).replaceAll('\n', ' '))}`),
      })
      toolboxes.push(toolbox)
      output.progress(null)
      output.note(`  ${pc.green('started')} ${plan.name}: ${toolbox.tools.length} tool${toolbox.tools.length === 1 ? '' : 's'}`)
      for (const { name, why } of toolbox.leftOut)
        output.note(`    ${pc.yellow('left out')} the tool ${commentText(name, 80)}: ${safe(why)}`)
    } catch (error) {
      if (!(error instanceof BailiwickError)) throw error
      output.progress(null)
      const hint = plan.configured.sse ? '; it is configured for SSE, which MCP gave up: look for its streamable HTTP address' : ''
      fail(failures, output, { server: plan.configured.name, config: plan.configured.config.path, problem: `${error.message}${hint}` })
      if (error.mend !== null) output.note(`    ${safe(error.mend)}`)
    }
  }
  return toolboxes
}

interface Written {
  readonly files: Readonly<Record<'manifest' | 'lock' | 'policy', string>>
  readonly toolboxes: readonly SurveyedToolbox[]
  readonly failures: readonly Failure[]
  readonly client: Readonly<Record<string, unknown>>
}

function report(output: Output, { files, toolboxes, failures, client }: Written): void {
  const secrets = toolboxes.flatMap(({ plan }) => plan.secrets)
  output.data({
    files,
    toolboxes: toolboxes.map(({ plan, tools, leftOut }) => ({
      name: plan.name,
      server: plan.configured.name,
      config: plan.configured.config.path,
      tools: tools.map(({ definition, proposal }) => ({ name: definition.name, effect: proposal.effect, why: proposal.why })),
      leftOut,
    })),
    failures,
    secrets,
    client,
  })
  output.text(`\n${pc.green('written')} ${Object.values(files).join('\n        ')}`)
  if (secrets.length > 0) {
    output.text(`\n${pc.bold('Secrets')} were not copied. Set in the environment of the gateway:`)
    for (const { variable, from } of secrets) output.text(`  ${variable}, now ${safe(from)}`)
  }
  output.text(`
${pc.bold('Next')}
  1. Read the lines marked \`proposed\` in ${files.manifest}, and mend them.
  2. bailiwick check${files.manifest === resolve('bailiwick.yaml') ? '' : ` --manifest ${files.manifest}`}
  3. In your client's configuration, put this in the place of the servers${failures.length === 0 ? '' : ' (not of those that were left out)'}:

${safe(JSON.stringify(client, null, 2))}`)
}
