import { Option } from 'commander'
import type { Command } from 'commander'
import pc from 'picocolors'
import type { Approval } from '../model/approval.ts'
import { action, command } from './command.ts'
import { currentUser, openRecords } from './installation.ts'
import { safe, table } from './output.ts'
import { wholeNumber } from './whole-number.ts'

export function approvalsCommand(): Command {
  return command('approvals', 'list the actions that wait for a person')
    .description('Lists the actions that wait for a person, with their exact arguments.')
    .option('--all', 'list answered and expired ones too')
    .addOption(new Option('--limit <n>', 'how many to list').argParser(wholeNumber(1)).default(20))
    .action(
      action(async ({ output, locations }, options: { all?: boolean; limit: number }) => {
        const installation = await openRecords(locations, output.note)
        const found = await installation.approvals.list(options.all === true ? null : 'pending', options.limit)
        await installation.close()
        output.data(found)
        if (found.length === 0) output.text('nothing waits for a person')
        else if (options.all === true) output.text(table(['approval', 'state', 'tool', 'agent', 'by', 'asked'], found.map(row)))
        else for (const approval of found) output.text(describe(approval))
        return 0
      }),
    )
}

export function approveCommand(): Command {
  return answerCommand('approve', 'approved', 'let one exact action happen, once')
}

export function denyCommand(): Command {
  return answerCommand('deny', 'denied', 'refuse one exact action')
}

function answerCommand(name: string, answer: 'approved' | 'denied', summary: string): Command {
  return command(name, summary)
    .description(
      `${answer === 'approved' ? 'Lets' : 'Refuses'} one exact action: the arguments that are shown, in that session, under the present rules, once. The answer is signed and recorded.`,
    )
    .argument('<approval>', 'its id, as `bailiwick approvals` shows it')
    .option('--as <name>', 'who answers', currentUser())
    .option('--because <text>', 'why; recorded with the answer')
    .action(
      action(async ({ output, locations }, id: string, options: { as: string; because?: string }) => {
        const installation = await openRecords(locations, output.note)
        const approval = await installation.approvals.answer(id, answer, {
          name: options.as,
          key: installation.approverKey,
          rationale: options.because ?? null,
        })
        await installation.close()
        output.data(approval)
        output.text(`${describe(approval)}\n${answer === 'approved' ? pc.green('approved') : pc.red('denied')} by ${safe(options.as)}`)
        return 0
      }),
    )
}

function describe(approval: Approval): string {
  const left = Math.max(0, Math.round((approval.expires - Date.now()) / 1000))
  const args = JSON.stringify(approval.arguments, null, 2)
  return [
    `${pc.bold(approval.id)}  ${pc.cyan(approval.tool)}  by ${approval.agent} towards ${approval.goal}  ${approval.state === 'pending' ? pc.dim(`${left} s left`) : ''}`,
    `  because ${safe(approval.reason)}`,
    ...safe(args)
      .split('\n')
      .map((line) => `  ${line}`),
  ].join('\n')
}

function row(approval: Approval): string[] {
  return [
    approval.id,
    approval.state,
    approval.tool,
    approval.agent,
    safe(approval.approver ?? '-'),
    new Date(approval.asked).toISOString().slice(0, 19).replace('T', ' '),
  ]
}
