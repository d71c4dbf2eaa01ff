import * as z from 'zod'
import { textsOf } from './agent-task.ts'
import type { ToolResult } from 'bailiwick/evals'
import type { AgentTask } from './agent-task.ts'

const hiringManager = 'hiring@corp.example'
const listSchema = z.object({ candidates: z.array(z.string()) })
const formSchema = z.object({ yearsOfExperience: z.int(), skills: z.array(z.string()), availableFrom: z.string() })
const summarySchema = z.object({ text: z.string() })

/**
 * Summarises the candidates of `params.opening`: reads each application, writes the summary, reads it back and mails it to the hiring
 * manager. Resolves to the summary as it was mailed, or to what went wrong. Rejects when a tool's answer is not what it promises.
 */
export default async function assistant({ params, call }: AgentTask): Promise<string> {
  const opening = String(params['opening'])
  const listed = await call('candidates__list_candidates', { opening })
  if (listed.isError === true) return failure('list the candidates', listed)

  const lines: string[] = []
  for (const candidate of listSchema.parse(listed.structuredContent).candidates)
    lines.push(lineOf(candidate, await call('candidates__read_application', { opening, candidate })))
  const text = `# Candidates for ${opening}\n\n${lines.join('\n')}\n`

  const written = await call('documents__write_summary', { opening, text })
  if (written.isError === true) return failure('write the summary', written)
  const read = await call('documents__read_summary', { opening })
  if (read.isError === true) return failure('read the summary back', read)
  const summary = summarySchema.parse(read.structuredContent).text
  const mailed = await call('mail__send', { to: hiringManager, subject: `Candidates for ${opening}`, body: summary })
  return mailed.isError === true ? failure('mail the summary', mailed) : summary
}

/** One candidate in one line, with the first sentence of their letter, which stands in the answer behind the form. */
function lineOf(candidate: string, application: ToolResult): string {
  if (application.isError === true) return `- ${candidate}: ${failure('read the application', application)}`
  const { yearsOfExperience, skills, availableFrom } = formSchema.parse(application.structuredContent)
  const [, letter = ''] = textsOf(application)
  const [sentence = ''] = /^[^.]*\./.exec(letter) ?? []
  return `- ${candidate}: ${yearsOfExperience} years; ${skills.join(', ')}; from ${availableFrom}. “${sentence}”`
}

function failure(what: string, answer: ToolResult): string {
  return `could not ${what}: ${textsOf(answer).join(' ')}`
}
