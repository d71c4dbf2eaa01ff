import type { SecretSource } from '../../model/secret-source.ts'
import { goalText } from './goal-text.ts'
import { offeredReads } from './survey.ts'
import type { SurveyedTool, SurveyedToolbox } from './survey.ts'
import { commentText, yamlList, yamlMap, yamlScalar } from './yaml-text.ts'

export interface ManifestOptions {
  readonly trustDomain: string
  readonly agent: string
  readonly owner: string
  readonly toolboxes: readonly SurveyedToolbox[]
}

/** The text of a manifest in which every guess is marked. Nothing that a server sent can leave its scalar or its comment. */
export function manifestText(options: ManifestOptions): string {
  const { trustDomain, agent, owner, toolboxes } = options
  const configs = [...new Set(toolboxes.map(({ plan }) => plan.configured.config.path))]
  return [
    '# Written by `bailiwick init` from these configurations:',
    ...configs.map((path) => `#   ${commentText(path, 500)}`),
    '# What is marked `proposed` is a guess from names, schemas and what the servers say of themselves. Read each one and',
    '# mend it where it is wrong, then remove the mark. `bailiwick check` tells whether everything holds together.',
    '',
    "# Who vouches for your agents' names. Choose your own before the first session: the ledger is signed under it.",
    `trustDomain: ${yamlScalar(trustDomain)}`,
    '',
    'agents:',
    `  ${agent}: { owner: ${yamlScalar(owner)}, goals: [explore] }`,
    '',
    'toolboxes:',
    ...toolboxes.flatMap(toolboxLines),
    '',
    ...goalText(toolboxes),
    '',
  ].join('\n')
}

function toolboxLines(toolbox: SurveyedToolbox): string[] {
  const { plan, tools, leftOut } = toolbox
  const { command, args, env, cwd, url, headers } = plan.declaration
  const offered = offeredReads(toolbox)
  const empty = tools.length === 0 && offered.length === 0
  return [
    `  ${plan.name}:`,
    '    mcp:',
    ...(command === undefined ? [] : [`      command: ${yamlScalar(command)}`]),
    ...(args === undefined ? [] : [`      args: ${yamlList(args)}`]),
    ...(cwd === undefined ? [] : [`      cwd: ${yamlScalar(cwd)}`]),
    ...(url === undefined ? [] : [`      url: ${yamlScalar(url)}`]),
    ...sourceLines('env', env),
    ...sourceLines('headers', headers),
    empty ? '    tools: {}' : '    tools:',
    ...tools.flatMap(toolLines),
    ...offered.flatMap(([name, effect]) => [
      `      ${name}:`,
      `        effect: ${effect} # proposed: the server offers ${name === 'resources/read' ? 'resources' : 'prompts'}`,
      '        labels: [untrusted] # proposed: they may hold what strangers wrote',
    ]),
    ...leftOut.map(({ name, why }) => `      # left out: ${yamlScalar(shortened(name))}: ${commentText(why)}`),
  ]
}

function sourceLines(key: string, sources: Readonly<Record<string, SecretSource>> = {}): string[] {
  const entries = Object.entries(sources)
  if (entries.length === 0) return []
  return [
    `      ${key}:`,
    ...entries.map(([name, source]) => {
      if (typeof source === 'string') return `        ${yamlScalar(name)}: ${yamlScalar(source)}`
      const variable = 'env' in source ? source.env : ''
      return `        ${yamlScalar(name)}: ${yamlMap([['env', yamlScalar(variable)]])} # set ${variable} in the environment of the gateway`
    }),
  ]
}

function toolLines({ definition, pin, proposal }: SurveyedTool): string[] {
  const { effect, why, labels, sinks } = proposal
  const description = commentText(definition.description ?? '', 110)
  const reasons = [...labels].map(([label, reason]) => (labels.size === 1 ? reason : `${label}: ${reason}`)).join('; ')
  return [
    ...(description === '' ? [] : [`      # it says of itself: ${description}`]),
    `      ${yamlScalar(definition.name)}:`,
    `        effect: ${effect} # proposed: ${commentText(why)}`,
    ...(labels.size === 0 ? [] : [`        labels: ${yamlList([...labels.keys()])} # proposed: ${commentText(reasons, 300)}`]),
    ...(sinks.size === 0 ? [] : [`        sinks: ${yamlMap(sinks)} # proposed: by the names of the arguments`]),
    `        pin: ${pin}`,
  ]
}

function shortened(name: string): string {
  const characters = Array.from(name)
  return characters.length <= 80 ? name : `${characters.slice(0, 79).join('')}…`
}
