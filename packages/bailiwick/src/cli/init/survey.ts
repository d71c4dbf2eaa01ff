import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { serverOf } from '../../model/compile-ruleset.ts'
import type { ToolDefinition } from '../../model/pin.ts'
import { shownName } from '../../model/shown-name.ts'
import { lookAlike } from '../../model/text-hygiene.ts'
import type { Effect } from '../../model/vocabulary.ts'
import { discover } from '../discover-tools.ts'
import { proposeTool } from './propose-tool.ts'
import type { Proposal } from './propose-tool.ts'
import type { ToolboxPlan } from './toolbox-plan.ts'
import { unusable } from './usable-tool.ts'

export interface SurveyedTool {
  readonly definition: ToolDefinition
  readonly pin: string
  readonly proposal: Proposal
}

/** A toolbox whose server was started and asked. */
export interface SurveyedToolbox {
  readonly plan: ToolboxPlan
  readonly tools: readonly SurveyedTool[]
  /** Tools that a manifest cannot have, and why. Their names are whatever the server sent. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[]
  readonly resources: boolean
  readonly prompts: boolean
  /** Existing folders among the arguments of the command, absolute. */
  readonly folders: readonly string[]
}

/**
 * Starts a planned toolbox's server and proposes how to declare each tool.
 * @param shown names under which tools of earlier toolboxes are shown; those of this one are added
 * @throws BailiwickError `UPSTREAM_FAILED` or `SECRET_MISSING`
 */
export async function survey(
  plan: ToolboxPlan,
  options: { readonly base: string; readonly timeout: string; readonly shown: Set<string>; readonly report: (line: string) => void },
): Promise<SurveyedToolbox> {
  const { base, timeout, shown, report } = options
  const server = serverOf({ ...plan.declaration, timeout }, base)
  const found = await discover({ name: plan.name, server, credential: null }, base, report, { ...process.env, ...plan.environment })
  const tools: SurveyedTool[] = []
  const leftOut: { name: string; why: string }[] = []
  for (const [name, { definition, pin }] of found.tools) {
    const proposal = proposeTool(definition)
    const why = unusable(plan.name, definition, proposal) ?? clash(shownName(plan.name, name, 'prefixed'), shown)
    if (why !== null) leftOut.push({ name, why })
    else {
      shown.add(shownName(plan.name, name, 'prefixed'))
      tools.push({ definition, pin, proposal })
    }
  }
  return { plan, tools, leftOut, resources: found.resources, prompts: found.prompts, folders: foldersOf(plan, server.cwd) }
}

/** The governed reads that a server offers, and how they are proposed. */
export function offeredReads({ resources, prompts }: SurveyedToolbox): readonly (readonly [string, Effect])[] {
  return [...(resources ? [['resources/read', 'read'] as const] : []), ...(prompts ? [['prompts/get', 'read'] as const] : [])]
}

function clash(name: string, shown: ReadonlySet<string>): string | null {
  return [...shown].some((other) => other === name || lookAlike(other, name)) ? 'its name is, or looks like, that of another tool' : null
}

function foldersOf({ declaration }: ToolboxPlan, cwd: string): string[] {
  const paths = (declaration.args ?? []).filter((arg) => !arg.startsWith('-')).map((arg) => resolve(cwd, arg))
  return [...new Set(paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true))]
}
