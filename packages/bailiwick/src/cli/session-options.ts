import { Command, InvalidArgumentError, Option } from 'commander'
import type { PersonToken } from '../authority/credentials/person-tokens.ts'
import type { SessionOpening } from '../authority/sessions.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { Session } from '../model/session.ts'
import type { Installation } from './installation.ts'
import { personFrom } from './person-option.ts'
import type { PersonOptions } from './person-option.ts'

export interface OpeningOptions extends PersonOptions {
  readonly agent: string
  readonly goal: string
  readonly param?: Readonly<Record<string, string>>
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
      .addOption(session.conflicts(['agent', 'goal', 'param', 'person', 'personToken', 'request']))
      .option(...agentOption)
      .option(...goalOption),
  )
}

function withDetails(command: Command): Command {
  return command
    .option('--param <name=value>', 'a parameter of the goal; repeat for each', parameter)
    .addOption(new Option('--person <name>', 'on whose behalf').conflicts('personToken'))
    .option('--person-token <file>', 'on whose behalf, by the file of a token that proves it; - for standard input')
    .option('--request <text>', "the person's own words")
}

/** What to open, and what its person has proved themselves with. @throws BailiwickError `PERSON_UNPROVED`, `USAGE` */
export async function provenOpening(
  installation: Installation,
  options: OpeningOptions,
): Promise<{ readonly opening: SessionOpening; readonly token: PersonToken | null }> {
  const { person, token, proof, signIn } = await personFrom(installation, options)
  const { agent, goal, param: params = {}, request = null } = options
  const proofs = proof === null || signIn === null ? {} : { proofs: { agent: null, person: proof }, signIn }
  return { opening: { agent, goal, params, person, request, ...proofs, lineage: await installation.keysOf(agent) }, token }
}

/** What to open. @throws BailiwickError `PERSON_UNPROVED`, `USAGE` */
export async function openingFrom(installation: Installation, options: OpeningOptions): Promise<SessionOpening> {
  return (await provenOpening(installation, options)).opening
}

/** Takes up the session that is named, or opens one; `opened` tells which. @throws BailiwickError `USAGE`, `PERSON_UNPROVED`, `SESSION_STATE`, or as sessions do */
export async function takenSession(
  installation: Installation,
  { session: id, agent, goal, ...details }: TakingOptions,
): Promise<{ readonly session: Session; readonly opened: boolean }> {
  const { sessions, runtime } = installation
  if (id === undefined) {
    if (agent === undefined || goal === undefined)
      throw new BailiwickError('USAGE', 'no session is named', { mend: 'give `--session`, or `--agent` and `--goal` to open one' })
    const opening = await openingFrom(installation, { agent, goal, ...details })
    return { session: await sessions.open(runtime.rules.current, opening), opened: true }
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
