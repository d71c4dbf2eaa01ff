import { Command, InvalidArgumentError } from 'commander'
import type { SessionOpening } from '../authority/sessions.ts'

export interface OpeningOptions {
  readonly agent: string
  readonly goal: string
  readonly param?: Readonly<Record<string, string>>
  readonly person?: string
  readonly request?: string
}

/** Adds the options that say which session to open. */
export function withOpening(command: Command): Command {
  return command
    .requiredOption('--agent <name>', 'the agent that acts')
    .requiredOption('--goal <name>', 'what it is to reach')
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

/** A parameter of a goal as a command line gives it, put to those before it; for commander. */
export function parameter(text: string, before: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('write it as name=value')
  const name = text.slice(0, equals)
  if (before !== undefined && Object.hasOwn(before, name)) throw new InvalidArgumentError(`\`${name}\` is given twice`)
  return { ...before, [name]: text.slice(equals + 1) }
}
