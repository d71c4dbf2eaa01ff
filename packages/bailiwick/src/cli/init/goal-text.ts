import type { Effect } from '../../model/vocabulary.ts'
import { offeredReads } from './survey.ts'
import type { SurveyedTool, SurveyedToolbox } from './survey.ts'
import { yamlMap, yamlScalar } from './yaml-text.ts'

interface Line {
  readonly effect: Effect
  readonly text: string
  readonly remark: string | null
}

/** The goal `explore`: what only reads, kept to the folders that its server was given; the rest as comments. */
export function goalText(toolboxes: readonly SurveyedToolbox[]): string[] {
  const lines = toolboxes.flatMap(linesOf)
  const within = lines.filter((line) => line.effect === 'read')
  const without = lines.filter((line) => line.effect !== 'read')
  return [
    'goals:',
    '  explore:',
    '    description: Look around with the tools that only read.',
    within.length === 0 ? '    tools: {}' : '    tools:',
    ...within.map(({ text, remark }) => `      ${text}${remark === null ? '' : ` # proposed: ${remark}`}`),
    ...(without.length === 0
      ? []
      : [
          '      # These do more than read. Better give them a goal of their own, with frames for their arguments, and `confirm`',
          '      # for what a person should agree to first:',
          ...without.map(({ effect, text }) => `      # ${text} # ${effect}`),
        ]),
    '    limits: { calls: 100, resultBytes: 20MB, minutes: 60, repeats: 5 }',
  ]
}

function linesOf(toolbox: SurveyedToolbox): Line[] {
  const { name } = toolbox.plan
  return [
    ...toolbox.tools.map((tool) => toolLine(toolbox, tool)),
    ...offeredReads(toolbox).map(([read, effect]) => ({ effect, text: `${yamlScalar(`${name}.${read}`)}: {}`, remark: null })),
  ]
}

function toolLine({ plan, folders }: SurveyedToolbox, { definition, proposal }: SurveyedTool): Line {
  const [folder, ...others] = folders
  const paths = [...proposal.sinks].filter(([, sink]) => sink === 'path').map(([argument]) => argument)
  const frames = folder === undefined ? [] : paths.map((argument) => [argument, yamlMap([['path', yamlScalar(folder)]])] as const)
  return {
    effect: proposal.effect,
    text: `${yamlScalar(`${plan.name}.${definition.name}`)}: ${yamlMap(frames)}`,
    remark:
      frames.length === 0
        ? null
        : others.length === 0
          ? 'kept to the folder that its server was given'
          : `kept to the first of the ${folders.length} folders that its server was given`,
  }
}
