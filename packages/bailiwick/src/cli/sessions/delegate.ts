import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import pc from 'picocolors'
import { parse, YAMLParseError } from 'yaml'
import { Delegations } from '../../authority/delegations.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { frameSchema } from '../../model/manifest-schema.ts'
import type { FrameDeclaration } from '../../model/manifest.ts'
import type { PartLimits } from '../../model/narrowing/contract-part.ts'
import { bytes, durationPattern, milliseconds, rate, ratePattern, sizePattern } from '../../model/quantity.ts'
import { allowances } from '../../model/vocabulary.ts'
import type { Allowance } from '../../model/vocabulary.ts'
import { action, command } from '../command.ts'
import { openInstallation } from '../installation.ts'

interface FramedArgument {
  readonly tool: string
  readonly argument: string
  readonly frame: FrameDeclaration
}

interface DelegateOptions {
  readonly session: string
  readonly agent: string
  readonly tool: readonly string[]
  readonly frame?: readonly FramedArgument[]
  readonly limit?: Partial<PartLimits>
  readonly allow?: readonly Allowance[]
  readonly lifetime?: string
  readonly request?: string
}

export function delegateCommand(): Command {
  return command('delegate', 'hand part of a session on to another agent, and print its bearer token')
    .description(
      'Opens a session for another agent by part of what a session may do: the tools that are named, with the frames that are given in the place of its own. Person, goal and parameters stay the same. It ends with the session that it was handed on from, at the latest.',
    )
    .requiredOption('--session <id>', 'the session that part of is handed on')
    .requiredOption('--agent <name>', "the agent that is to act: one of those that the session's agent may delegate to")
    .requiredOption('--tool <toolbox.tool...>', 'a tool that is handed on; repeat for each')
    .option('--frame <tool:argument=frame>', 'a tighter frame of an argument, as a contract writes it; repeat for each', framed)
    .option('--limit <name=value>', 'a smaller limit: `calls`, `resultBytes`, `minutes`, `repeats`, or the rate of a tool', limited)
    .addOption(new Option('--allow <what...>', 'what toolboxes may do besides').choices(allowances))
    .option('--lifetime <duration>', 'how long it is handed on for (default: as long as the session)')
    .option('--request <text>', 'what the other agent is asked for')
    .action(
      action(async ({ output, locations }, options: DelegateOptions) => {
        if (options.lifetime !== undefined && !durationPattern.test(options.lifetime))
          throw new BailiwickError('USAGE', `\`${options.lifetime}\` is not a duration`, { mend: 'write it like `90s`, `10m` or `1h`' })
        const part = partFrom(options)
        const installation = await openInstallation(locations, output.note)
        try {
          const { runtime, sessions, revocations } = installation
          const session = await new Delegations(sessions, revocations, runtime.clock).delegate(runtime.rules.current, options.session, {
            agent: options.agent,
            part,
            lifetime: options.lifetime === undefined ? null : milliseconds(options.lifetime),
            request: options.request ?? null,
            links: await installation.keysOf(options.agent),
          })
          const expires = session.delegation?.part.expires ?? null
          const token = await installation.token(session, Math.min(longest, (expires ?? Number.POSITIVE_INFINITY) - runtime.clock()))
          const url = `http://127.0.0.1:${runtime.rules.current.manifest.http.port}/mcp`
          output.data({ session, token, url })
          output.text(
            [
              ['session', session.id],
              ['from', `${options.session}, by the delegation ${session.delegation?.id ?? ''}`],
              ['until', expires === null ? 'the session ends that it is from' : new Date(expires).toISOString()],
              ['url', url],
              ['token', token],
            ]
              .map(([name = '', text = '']) => `${pc.bold(name.padEnd(7))}  ${text}`)
              .join('\n'),
          )
          return 0
        } finally {
          await installation.close()
        }
      }),
    )
}

/** How long a token is good for at most, in milliseconds, as with `sessions open`. */
const longest = 3_600_000

function partFrom({ tool: tools, frame = [], limit, allow }: DelegateOptions): Parameters<Delegations['delegate']>[2]['part'] {
  const stray = frame.find(({ tool }) => !tools.includes(tool))
  if (stray !== undefined)
    throw new BailiwickError('USAGE', `a frame is given for \`${stray.tool}\`, which is not handed on`, {
      mend: `add \`--tool ${stray.tool}\``,
    })
  const framesOf = (tool: string): Record<string, FrameDeclaration> =>
    Object.fromEntries(frame.filter((one) => one.tool === tool).map((one) => [one.argument, one.frame]))
  return {
    tools: Object.fromEntries(tools.map((tool) => [tool, framesOf(tool)])),
    ...(allow === undefined ? {} : { allow }),
    ...(limit === undefined ? {} : { limits: limit }),
  }
}

/** A frame of an argument as a command line gives it, put to those before it; for commander. */
function framed(text: string, before: readonly FramedArgument[] = []): readonly FramedArgument[] {
  const match = /^([^:=]+):([^=]+)=(.+)$/s.exec(text)
  if (match === null) throw new InvalidArgumentError('write it as tool:argument=frame, such as `mail.send:to={ domain: corp.example }`')
  const [, tool = '', argument = '', written = ''] = match
  if (before.some((one) => one.tool === tool && one.argument === argument))
    throw new InvalidArgumentError(`\`${tool}:${argument}\` is given twice`)
  const frame = frameSchema.safeParse(yamlOf(written))
  if (!frame.success) throw new InvalidArgumentError(frame.error.issues[0]?.message ?? 'it is no frame')
  return [...before, { tool, argument, frame: frame.data }]
}

function yamlOf(text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof YAMLParseError) throw new InvalidArgumentError(`the frame is not well-formed: ${error.message}`)
    throw error
  }
}

/** A limit as a command line gives it, put to those before it; for commander. */
function limited(text: string, before: Partial<PartLimits> = {}): Partial<PartLimits> {
  const [name = '', value = '', ...rest] = text.split('=')
  if (rest.length > 0 || value === '') throw new InvalidArgumentError('write it as name=value, such as `calls=3`')
  if (name === 'resultBytes' && (sizePattern.test(value) || /^\d{1,15}$/.test(value)))
    return { ...before, resultBytes: bytes(sizePattern.test(value) ? value : Number(value)) }
  if (name.includes('.') && ratePattern.test(value)) return { ...before, rates: { ...before.rates, [name]: rate(value) } }
  if (name === 'minutes' && /^\d{1,6}(\.\d+)?$/.test(value)) return { ...before, lifetime: Number(value) * 60_000 }
  if ((name === 'calls' || name === 'repeats') && /^\d{1,9}$/.test(value)) return { ...before, [name]: Number(value) }
  throw new InvalidArgumentError('a limit is `calls=3`, `resultBytes=5KB`, `minutes=5`, `repeats=2`, or a rate such as `mail.send=2/1h`')
}
