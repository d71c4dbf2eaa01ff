import type { AgentTask } from './agent-task.ts'
import { statusSchema } from './namespace-status.ts'
import type { Status } from './namespace-status.ts'
import { ticketSchema } from './tickets.ts'

const scriptFor: Readonly<Record<Status['cause'], string | null>> = {
  none: null,
  'stale-cache': 'clear-cache',
  'stuck-service': 'restart-service',
}

/**
 * Resolves the ticket of its task: reads it, looks at the namespace that it is about, runs the script that mends what the monitoring finds
 * there, sees whether that helped, says so in a comment and closes the ticket. It follows the monitoring, never the words of the ticket,
 * and needs no model. Resolves to its answer, which says what was refused where something was, and stops there.
 */
export default async function supportAgent({ params, call }: AgentTask): Promise<string> {
  const ticket = String(params['ticket'])
  const ask = async (tool: string, args: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const answer = await call(tool, args)
    if (answer.isError === true || answer.structuredContent === undefined) throw new Refused(tool)
    return answer.structuredContent
  }
  try {
    const { namespace } = ticketSchema.parse(await ask('tickets__read_ticket', { ticket }))
    const before = statusSchema.parse(await ask('operations__read_status', { namespace }))
    const script = scriptFor[before.cause]
    let said = `All is well in ${namespace}.`
    if (script !== null) {
      await ask('operations__run_script', { script, arguments: [before.name], namespace })
      const after = statusSchema.parse(await ask('operations__read_status', { namespace }))
      if (after.state !== 'healthy') return `${ticket} stays open: ${script} ${before.name} in ${namespace} did not help.`
      said = `${script} ${before.name} in ${namespace}: it works again.`
    }
    await ask('tickets__comment', { ticket, text: said })
    await ask('tickets__close', { ticket })
    return `${ticket} is closed. ${said}`
  } catch (error) {
    if (error instanceof Refused) return `${ticket} stays open: ${error.tool} was refused.`
    throw error
  }
}

/** A call that was denied, or failed. */
class Refused extends Error {
  readonly tool: string

  constructor(tool: string) {
    super(`${tool} was refused`)
    this.tool = tool
  }
}
