import { Command, InvalidArgumentError, Option } from 'commander'
import type { SessionOpening } from '../authority/sessions.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { Session } from '../model/session.ts'
import type { Installation } from './installation.ts'

export interface OpeningOptions {
  readonly agent: string
  readonly goal: string
  readonly param?: Readonly<Record<string, string>>
  readonly person?: string
  readonly request?: string
}

export type TakingOptions = Partial<OpeningOptions> & { readonly session?: string }

const [agentOption, goalOption] = [
  ['--agent <name>', 'the agent that acts'],
  ['--goal <name>', 'what it is to reach'],
] as const

/** Adds the options that say which session to open. */
export function withOpening(command: Command): Command {
  return withDetails(command.requiredOption(...agentOption).requiredOption(...goalOption))
}

/** Adds the options that say which session to take up, or else to open. */
export function withTaking(command: Command): Command {
  const session = new Option('--session <id>', 'a session that is open, instead of a new one')
  return withDetails(
    command
      .addOption(session.conflicts(['agent', 'goal', 'param', 'person', 'request']))
      .option(...agentOption)
      .option(...goalOption),
  )
}

function withDetails(command: Command): Command {
  return command
    .option('--param <name=value>', 'a parameter of the goal; repeat for each', parameter)
    .option('--person <name>', 'on whose behalf')
    .option('--request <text>', "the person's own words")
}

export function openingFrom(options: OpeningOptions): SessionOpening {
  return {
    agent: options.agent,
    goal: options.goal,
    params: options.param ?? {},
    person: options.person ?? null,
    request: options.request ?? null,
  }
}

/** Takes up the session that is named, or opens one; `opened` tells which. @throws BailiwickError `USAGE`, `SESSION_STATE`, or as sessions do */
export async function takenSession(
  { sessions, runtime }: Installation,
  { session: id, agent, goal, ...details }: TakingOptions,
): Promise<{ readonly session: Session; readonly opened: boolean }> {
  if (id === undefined) {
    if (agent === undefined || goal === undefined)
      throw new BailiwickError('USAGE', 'no session is named', { mend: 'give `--session`, or `--agent` and `--goal` to open one' })
    return { session: await sessions.open(runtime.rules.current, openingFrom({ agent, goal, ...details })), opened: true }
  }
  const session = await sessions.find(id)
  if (session.state === 'revoked' || session.state === 'closed')
    throw new BailiwickError('SESSION_STATE', `the session \`${id}\` is ${session.state}`, {
      mend: '`bailiwick sessions` lists those that are open',
    })
  return { session, opened: false }
}

/** Closes a session, unless whoever revoked or closed it meanwhile has ended it already. */
export async function closeSession({ sessions }: Installation, id: string): Promise<void> {
  const { state } = await sessions.find(id)
  if (state === 'active' || state === 'paused') await sessions.change(id, 'close', 'gateway')
}

/** A parameter of a goal as a command line gives it, put to those before it; for commander. */
export function parameter(text: string, before: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('write it as name=value')
  const name = text.slice(0, equals)
  if (before !== undefined && Object.hasOwn(before, name)) throw new InvalidArgumentError(`\`${name}\` is given twice`)
  return { ...before, [name]: text.slice(equals + 1) }
}
