import type { Approval } from '../../model/approval.ts'
import type { Decision } from '../../model/decision.ts'
import type { JsonObject } from '../../model/json.ts'
import { redactionText } from '../../model/redaction.ts'
import { aarmNames } from '../../model/vocabulary.ts'
import type { RunResult } from '../attempt.ts'
import { decisionMeta } from '../denial.ts'
import type { Fulfilment } from '../fulfilment.ts'
import type { GovernedSession } from '../governed-session.ts'
import type { SessionContract } from '../session-contract.ts'
import { foreign } from './caller.ts'
import type { Caller } from './caller.ts'
import type { EvaluationRequest, Refusal, RequestContext } from './evaluation-request.ts'
import { bytesNotKept, notKeptElsewhere } from './kept-elsewhere.ts'
import type { NotKept } from './kept-elsewhere.ts'

/** The one action: what the draft COAZ-MCP calls the call of a tool. */
export const callAction = 'tools/call'
/** The one type of resource; its ids are `toolbox.tool`. */
export const toolType = 'tool'
/** That a call is carried out with the arguments that the permit gives, and that what it names is taken out of the result. */
export const redactObligation = 'urn:bailiwick:obligation:redact'

/** A Decision of the standard. */
export interface Answer {
  readonly decision: boolean
  readonly context: Readonly<Record<string, unknown>>
}

type Permit = { readonly arguments: JsonObject } | NotKept

/**
 * Decides a call that another enforcement point would carry out, the whole way of a call short of running it: counted, and durably recorded, before it is
 * answered. The tool's pin is taken from the rules: the enforcement point vouches that what it calls is the tool that was reviewed. A call that
 * a person must approve is not waited for; asked again, it takes up the answer.
 */
export async function evaluate(caller: Caller, request: EvaluationRequest): Promise<Answer | Refusal> {
  const { governed, token } = caller
  const { runtime } = governed
  const { subject, action, resource, context } = request
  const refused = foreign(caller, subject, context)
  if (refused !== null) return refused
  if (action.name !== callAction) return unanswered(404, `there is no action but \`${callAction}\``)
  if (resource.type !== toolType) return unanswered(404, `there is no type of resource but \`${toolType}\``)
  const args = action.properties?.arguments
  if (args === undefined) return unanswered(400, '`action.properties.arguments` is missing: give the exact arguments, `{}` for none')
  const { current } = runtime.rules
  const toolbox = current.toolboxes.get(current.tools.get(resource.id)?.toolbox ?? '')
  const asking = new AbortController()
  const asked: Approval[] = []
  const performed = await governed.perform<Permit>({
    point: 'authzen',
    tool: resource.id,
    arguments: args,
    livePin: async (ruleset) => ruleset.tools.get(resource.id)?.pin ?? null,
    local: toolbox === undefined || toolbox.server.command !== null,
    credential: () => runtime.authority.verify(token),
    signal: asking.signal,
    onWaiting: async (approval) => {
      asked.push(approval)
      runtime.report(`${approval.tool} waits for a person: bailiwick approve ${approval.id}`)
      // Once the wait that is about to begin can hear it.
      setImmediate(() => asking.abort())
    },
    run: async (_call, contract, fulfilment) => leave(governed, contract, resource.id, fulfilment, context ?? {}),
  })
  const { call, decision } = performed
  if (performed.kind === 'denied') return { decision: false, context: { ...decisionMeta(call, decision), ...approvalOf(asked.at(-1)) } }
  const { value } = performed
  if ('rule' in value) return { decision: false, context: { call, response: 'deny', aarm: aarmNames.deny, ...value } }
  return { decision: true, context: { ...decisionMeta(call, decision, performed.redacted), ...obligationOf(decision, value.arguments) } }
}

/** A denial of what could not be judged as a call. */
export function unanswered(status: number, message: string): Answer {
  return { decision: false, context: { reason: message, error: { status, message } } }
}

/** Leaves a call to the enforcement point that asks. It counts as one that did something, and whose results are in the session: how it ended is not known. */
function leave(
  governed: GovernedSession,
  contract: SessionContract,
  tool: string,
  fulfilment: Fulfilment,
  { supported_obligations = [], result_bytes }: RequestContext,
): RunResult<Permit> {
  const unredacted = fulfilment.sanitiser !== null && !supported_obligations.includes(redactObligation)
  const problem = unredacted
    ? { rule: 'authzen.obligation', reason: `a policy takes data out of the call, and the caller does not support \`${redactObligation}\`` }
    : (notKeptElsewhere(contract, tool) ?? bytesNotKept(governed, contract, result_bytes))
  if (problem !== null) return { status: 'refused', error: problem.reason, value: problem, recorded: null, bytes: 0 }
  const value = { arguments: fulfilment.arguments }
  return { status: 'unknown', error: leftElsewhere, value, recorded: null, bytes: result_bytes ?? 0 }
}

const leftElsewhere = 'permitted to an external enforcement point, which carries it out: what came of it is not known here'

function approvalOf(approval: Approval | undefined): object {
  if (approval === undefined) return {}
  const { id, expires } = approval
  return { approval: { id, expires: new Date(expires).toISOString(), command: `bailiwick approve ${id}` } }
}

function obligationOf({ response, redactions }: Decision, args: JsonObject): object {
  if (response !== 'sanitize') return {}
  const result = redactions.filter(({ of }) => of === 'output').map(redactionText)
  return { obligations: [{ id: 'redact', type: redactObligation, properties: { arguments: args, result } }] }
}
