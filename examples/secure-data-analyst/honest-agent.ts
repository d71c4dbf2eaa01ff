import type { Agent, CallResult } from './agent.ts'
import { markdownReport } from './markdown-report.ts'
import { weeklyReportSchema } from './sales-report.ts'

/** What the honest agent was asked for. */
export interface Assignment {
  /** An ISO 8601 week, such as `2026-W07`. */
  week: string
  /** The absolute path of the report to write. */
  reportPath: string
  /** The managers' mail address. */
  managers: string
}

/** One tool call of an agent, with what came of it. */
export interface Step {
  tool: string
  args: Record<string, unknown>
  result: CallResult
}

/**
 * Writes the week's report and mails it: `sales__weekly_report`, `files__write_file`, `files__read_text_file`,
 * `mail__send`. Stops after the first call that does not succeed, so the assignment is fulfilled when there are four
 * steps and the last one is ok. Rejects when a result is not what the tool promises.
 */
export async function runHonestAgent(agent: Agent, assignment: Assignment): Promise<Step[]> {
  const { week, reportPath, managers } = assignment
  const steps: Step[] = []
  const step = async (tool: string, args: Record<string, unknown>): Promise<CallResult> => {
    const result = await agent.call(tool, args)
    steps.push({ tool, args, result })
    return result
  }

  const sales = await step('sales__weekly_report', { week })
  if (!sales.ok) return steps
  const content = markdownReport(weeklyReportSchema.parse(sales.structured))

  const written = await step('files__write_file', { path: reportPath, content })
  if (!written.ok) return steps
  const read = await step('files__read_text_file', { path: reportPath })
  if (!read.ok) return steps
  if (read.text !== content) throw new Error(`\`${reportPath}\` does not hold what was written to it; look for another writer`)

  await step('mail__send', { to: managers, subject: `Sales in week ${week}`, body: read.text })
  return steps
}
