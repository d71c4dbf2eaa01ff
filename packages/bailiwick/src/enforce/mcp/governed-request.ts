import { isInputRequiredResult, ProtocolError } from '@modelcontextprotocol/client'
import type { InputRequiredResult, Progress } from '@modelcontextprotocol/client'
import { inputRequired, ProtocolError as InvalidRequest } from '@modelcontextprotocol/server'
import type { ServerContext } from '@modelcontextprotocol/server'
import { callKey } from '../../decide/decide.ts'
import type { LentCredential } from '../../ledger/entry.ts'
import type { Approval } from '../../model/approval.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Ruleset, Toolbox } from '../../model/ruleset.ts'
import { linkText } from '../../model/lineage.ts'
import type { Link } from '../../model/lineage.ts'
import type { LastLook, Performed, RunResult } from '../attempt.ts'
import type { SessionContract } from '../session-contract.ts'
import type { Sanitiser } from '../redact/sanitiser.ts'
import { Exchange } from './exchange.ts'
import type { InputRequest } from './exchange.ts'
import { relayedError } from './relayed-value.ts'
import type { Answer } from './answer.ts'
import { mayAsk } from './session-gateway.ts'
import { wordless } from './session-gateway.ts'
import type { SessionGateway } from './session-gateway.ts'
import { upstreamFault } from './toolbox-connection.ts'
import type { ToolboxConnection } from './toolbox-connection.ts'
import type { CalledTool } from './toolbox-credentials.ts'

/** A request of the agent's client that is a call in Bailiwick's sense, and how it reads at the toolbox. */
export interface GovernedRequest {
  /** `toolbox.tool`, or a name that no toolbox has. */
  readonly tool: string
  readonly arguments: JsonObject
  /** Null for a tool that no toolbox has. */
  readonly toolbox: Toolbox | null
  readonly livePin: (ruleset: Ruleset) => Promise<string | null>
  readonly method: 'tools/call' | 'resources/read' | 'prompts/get'
  readonly params: Record<string, unknown>
}

const mostRounds = 32

/** Decides a request and carries it out; the result is either how that ended, or a question for the client. */
export async function serveGoverned(
  gateway: SessionGateway,
  request: GovernedRequest,
  context: ServerContext,
): Promise<Performed<Answer> | InputRequiredResult> {
  const action = callKey(request.tool, request.arguments)
  const exchange = resumed(gateway, action, context) ?? started(gateway, request, context)
  const next = await exchange.next()
  if ('done' in next) return next.done
  exchange.release()
  const requestState = await gateway.parked.park(exchange, next.question, action)
  return inputRequired({ inputRequests: next.question.requests as never, requestState })
}

function started(gateway: SessionGateway, request: GovernedRequest, context: ServerContext): Exchange<Performed<Answer>> {
  return new Exchange(context, (exchange) => gateway.during(null, exchange, () => perform(gateway, request, exchange)))
}

function resumed(gateway: SessionGateway, action: string, context: ServerContext): Exchange<Performed<Answer>> | null {
  const state = context.mcpReq.requestState<{ id: string }>()
  if (state === undefined) return null
  const parked = gateway.parked.take(state, action)
  if (parked === null) throw new InvalidRequest(-32_602, 'the request state is not one that waits for an answer to this request')
  parked.exchange.follow(context)
  parked.question.resolve((context.mcpReq.inputResponses ?? {}) as Record<string, Record<string, unknown>>)
  return parked.exchange as Exchange<Performed<Answer>>
}

function perform(gateway: SessionGateway, request: GovernedRequest, exchange: Exchange<Performed<Answer>>): Promise<Performed<Answer>> {
  const { toolbox } = request
  return gateway.governed.perform<Answer>({
    point: gateway.point,
    tool: request.tool,
    arguments: request.arguments,
    livePin: request.livePin,
    local: toolbox === null || toolbox.server.command !== null,
    credential: () => gateway.credential(exchange.context),
    signal: exchange.signal,
    onWaiting: waitingTeller(gateway, exchange),
    run: (_call, contract, fulfilment, signal, lost) => {
      if (toolbox === null) throw new Error(`a call of \`${request.tool}\`, which no toolbox has, was let through`)
      const connection = gateway.connection(toolbox, contract)
      gateway.sanitise(exchange, fulfilment.sanitiser)
      const performed = { ...request, params: paramsWith(request, fulfilment.arguments) }
      return gateway.during(toolbox.name, exchange, () =>
        run(gateway, contract, connection, performed, { exchange, signal, lost, sanitiser: fulfilment.sanitiser }),
      )
    },
  })
}

/** The request with other arguments in the place of those that it was made with. */
function paramsWith(request: GovernedRequest, args: JsonObject): Record<string, unknown> {
  if (args === request.arguments) return request.params
  return request.method === 'tools/call' ? { ...request.params, arguments: args } : { ...request.params, ...args }
}

interface Running {
  readonly exchange: Exchange<Performed<Answer>>
  /** Aborted when the call is given up or may not go on. */
  readonly signal: AbortSignal
  readonly lost: LastLook
  readonly sanitiser: Sanitiser | null
}

/** Carries a call out with what the toolbox is to be lent for it. Where that cannot be had, the toolbox is not asked. */
async function run(
  gateway: SessionGateway,
  contract: SessionContract,
  toolbox: ToolboxConnection,
  request: GovernedRequest,
  running: Running,
): Promise<RunResult<Answer>> {
  const tool = contract.ruleset.tools.get(request.tool)
  const called = tool === undefined ? null : { name: tool.name, effect: tool.declaration.effect }
  let credentials: readonly LentCredential[]
  try {
    credentials = await toolbox.lend(called)
  } catch (error) {
    if (!(error instanceof BailiwickError)) throw error
    return unlent(toolbox, error)
  }
  // Whatever had to be fetched has taken its time.
  const lost = credentials.length === 0 ? null : await running.lost()
  if (lost !== null) return cutMeanwhile(lost)
  const result = await ask(gateway, contract, toolbox, request, { ...running, called })
  return credentials.length === 0 ? result : { ...result, credentials }
}

async function ask(
  gateway: SessionGateway,
  contract: SessionContract,
  toolbox: ToolboxConnection,
  request: GovernedRequest,
  { exchange, signal, lost, sanitiser, called }: Running & { readonly called: CalledTool },
): Promise<RunResult<Answer>> {
  try {
    const relayed = toolbox.relay(await exchangeRounds(gateway, contract, toolbox, request, exchange, { signal, lost, called }))
    const result = sanitiser === null ? relayed : (sanitiser.result(relayed as JsonObject) as Record<string, unknown> | null)
    if (result === null) return withheld()
    const bytes = Buffer.byteLength(JSON.stringify(result))
    const left = gateway.governed.takeBytes(bytes, contract)
    if (left !== null) {
      const message = `the result has ${bytes} bytes, and the goal allows ${left} more; ask for less`
      return {
        status: 'refused',
        error: message,
        value: { kind: 'fault', message: `Refused by Bailiwick (T4, T4.resultBytes): ${message}.` },
        recorded: null,
        bytes: 0,
      }
    }
    return { status: result['isError'] === true ? 'error' : 'ok', error: null, value: { kind: 'result', result }, recorded: result, bytes }
  } catch (error) {
    if (error instanceof ProtocolError) {
      const relayed = relayedError(toolbox.relay, error)
      const passed = sanitiser?.error(relayed) ?? relayed
      const bytes = Buffer.byteLength(passed.message)
      gateway.governed.takeBytes(bytes, contract)
      return {
        status: 'error',
        error: passed.message,
        value: { kind: 'error', ...passed },
        recorded: { error: { code: passed.code, message: passed.message } },
        bytes,
      }
    }
    if (!(error instanceof Error)) throw error
    const told = toolbox.relay(upstreamFault(toolbox.name, error).message)
    const message =
      sanitiser === null ? told : (sanitiser.words(told) ?? `the toolbox \`${toolbox.name}\` has failed; its words are withheld`)
    const status = signal.aborted ? 'cancelled' : 'error'
    return { status, error: message, value: { kind: 'fault', message: `Bailiwick: ${message}.` }, recorded: null, bytes: 0 }
  }
}

function unlent(toolbox: ToolboxConnection, error: BailiwickError): RunResult<Answer> {
  const message = toolbox.relay(error.message)
  return {
    status: 'refused',
    error: message,
    value: { kind: 'fault', message: `Refused by Bailiwick (credential): ${message}. Nothing was done.` },
    recorded: null,
    bytes: 0,
  }
}

function cutMeanwhile(link: Link): RunResult<Answer> {
  const message = `${linkText(link)} was revoked before the call could be carried out`
  return {
    status: 'cancelled',
    error: message,
    value: { kind: 'fault', message: `Refused by Bailiwick (T0, T0.revoked): ${message}. Nothing was done.` },
    recorded: null,
    bytes: 0,
  }
}

function withheld(): RunResult<Answer> {
  const message = 'the result could not be sanitised without breaking the output schema of its tool; it is withheld'
  return {
    status: 'refused',
    error: message,
    value: { kind: 'fault', message: `Refused by Bailiwick (T2, T2.sanitize): ${message}.` },
    recorded: null,
    bytes: 0,
  }
}

/** Sends the request, and again with the answers for as long as the toolbox wants input (2026-07-28; older servers ask by requests of their own). */
async function exchangeRounds(
  gateway: SessionGateway,
  contract: SessionContract,
  toolbox: ToolboxConnection,
  request: GovernedRequest,
  exchange: Exchange<Performed<Answer>>,
  { signal, lost, called }: Pick<Running, 'signal' | 'lost'> & { readonly called: CalledTool },
): Promise<Record<string, unknown>> {
  let params: Record<string, unknown> = request.params
  for (let round = 0; round < mostRounds; round += 1) {
    const wantsProgress = exchange.context.mcpReq._meta?.progressToken !== undefined
    const result = await toolbox.request(request.method, params, {
      signal,
      tool: called,
      onProgress: wantsProgress
        ? (progress) => {
            if (!gateway.mayTell(toolbox.name, exchange)) return
            const { message, ...numbers } = progress
            const words = message === undefined ? null : gateway.sanitised(toolbox.name, message)
            tellProgress(gateway, exchange, words === null ? numbers : { ...numbers, message: words })
          }
        : null,
    })
    if (!isInputRequiredResult(result)) return result as Record<string, unknown>
    const wanted = toolbox.relay((result.inputRequests ?? {}) as unknown as Record<string, InputRequest>)
    const refused = Object.values(wanted).find((one) => !mayAsk(contract, one.method))
    if (refused !== undefined) {
      await gateway.governed.note('refused', `${toolbox.name} ${refused.method}`, 'the contract does not allow the toolbox to ask for this')
      throw new Error(`it asked for \`${refused.method}\`, which the contract does not allow`)
    }
    const asked = gateway.sanitised(toolbox.name, wanted as unknown as JsonObject) as unknown as typeof wanted | null
    if (asked === null) throw new Error(wordless)
    const inputResponses = Object.keys(wanted).length === 0 ? {} : await exchange.ask(asked)
    const cut = await lost()
    if (cut !== null) throw new Error(`${linkText(cut)} was revoked meanwhile`)
    params = { ...request.params, inputResponses, ...(result.requestState === undefined ? {} : { requestState: result.requestState }) }
  }
  throw new Error(`it asked for input more than ${mostRounds} times`)
}

function tellProgress(gateway: SessionGateway, exchange: Exchange<Performed<Answer>>, progress: Progress): void {
  const progressToken = exchange.context.mcpReq._meta?.progressToken
  if (progressToken === undefined || exchange.signal.aborted) return
  exchange.context.mcpReq
    .notify({ method: 'notifications/progress', params: { ...progress, progressToken } })
    .catch((error: unknown) => gateway.governed.runtime.report(`progress could not be passed on: ${String(error)}`))
}

/** Tells the operator once, and a client that wants progress every few seconds, that a person is waited for. */
function waitingTeller(gateway: SessionGateway, exchange: Exchange<Performed<Answer>>): (approval: Approval) => Promise<void> {
  let told = 0
  let polls = 0
  return async (approval) => {
    if (polls === 0) gateway.governed.runtime.report(`${approval.tool} waits for a person: bailiwick approve ${approval.id}`)
    if (polls % 20 === 0) {
      told += 1
      // Far below any step of the tool's own progress, which must still rise after it.
      tellProgress(gateway, exchange, { progress: told / 1e9, message: `waiting for a person to approve ${approval.id}` })
    }
    polls += 1
  }
}
