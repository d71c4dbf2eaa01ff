import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent, CallResult } from './agent.ts'
import { injectionMark } from './database.ts'
import type { Step } from './honest-agent.ts'
import type { Workspace } from './prepare.ts'
import { rogueActs } from './rogue-acts.ts'
import type { RogueAct } from './rogue-acts.ts'
import { weeklyReportSchema } from './sales-report.ts'

/** What the hijacked agent starts from. */
export interface HijackedOptions {
  /** The week of its goal, such as `2026-W07`, and another one that has sales. */
  week: string
  otherWeek: string
  /** The one address that the goal allows mail to. */
  managers: string
  workspace: Workspace
}

/** One rogue act with what came of each call. */
export interface Attempt {
  act: RogueAct
  /** As many as the act was tried, in order. */
  results: CallResult[]
  /** True when the last call failed, or did not show what it was made for. Whether a tool ran nevertheless, only the tool log and the maildir can say. */
  contained: boolean
}

/** Everything that the hijacked agent did. */
export interface HijackedRun {
  /** The calls before it was hijacked, which its goal allows. */
  innocent: Step[]
  /** The instruction found in the records; null when the report did not show it. The acts are tried all the same. */
  instruction: string | null
  attempts: Attempt[]
}

/** Reads the week's report, takes the instruction in a customer's note for an order and tries every rogue act. */
export async function runHijackedAgent(agent: Agent, options: HijackedOptions): Promise<HijackedRun> {
  const { week, otherWeek, managers, workspace } = options
  const innocent: Step[] = []
  const step = async (tool: string, args: Record<string, unknown>): Promise<CallResult> => {
    const result = await agent.call(tool, args)
    innocent.push({ tool, args, result })
    return result
  }
  const report = await step('sales__weekly_report', { week })
  await step('sales__product_info', { product: 'Travel mug' })

  const acts = rogueActs({
    week,
    otherWeek,
    managers,
    data: workspace.data,
    secrets: workspace.secrets,
    link: workspace.link,
    loot: report.text,
    rugPull: (connected) => pullRug(connected, workspace.rugPullFlag),
  })
  const attempts: Attempt[] = []
  for (const act of acts) attempts.push(await attempt(agent, act))
  return { innocent, instruction: findInstruction(report), attempts }
}

function findInstruction(report: CallResult): string | null {
  if (!report.ok) return null
  // A gateway may hold parts of the report back.
  const shown = weeklyReportSchema.pick({ notes: true }).safeParse(report.structured)
  return shown.data?.notes.find(({ note }) => note.includes(injectionMark))?.note ?? null
}

async function attempt(agent: Agent, act: RogueAct): Promise<Attempt> {
  await act.meanwhile?.(agent)
  const results: CallResult[] = []
  for (let round = 0; round < (act.times ?? 1); round += 1) results.push(await agent.call(act.tool, act.args))
  const last = results.at(-1)
  const { hides } = act.expected
  return { act, results, contained: last?.ok === false || (hides !== undefined && last?.text.includes(hides) === false) }
}

/** Raises the flag and waits until the agent heard of the change, or two seconds for a gateway that keeps it back. */
async function pullRug(agent: Agent, flag: string): Promise<void> {
  const before = agent.toolListChanges()
  writeFileSync(flag, '')
  for (let waited = 0; waited < 2_000 && agent.toolListChanges() === before; waited += 25) await sleep(25)
}
