import type { ServerResponse } from 'node:http'
import { commit } from '../../ledger/commitment.ts'
import { answeredEntry } from '../../ledger/model-entries.ts'
import type { ModelEnd } from '../../ledger/model-entries.ts'
import { jsonIn } from '../../model/json.ts'
import { jsonHazard } from '../../model/json-hazard.ts'
import { linkText } from '../../model/lineage.ts'
import type { Credential } from '../../model/session.ts'
import { CutOff } from '../cut-off.ts'
import { cut, longestName, longestReason } from '../decision-entry.ts'
import type { GovernedSession } from '../governed-session.ts'
import { timedId } from '../timed-id.ts'
import type { ModelProvider } from './model-provider.ts'
import type { ModelRequest, RefusedRequest } from './model-request.ts'
import { providerName } from './provider-name.ts'
import { readAnswer } from './read-answer.ts'
import { relayAnswer, relayedHeaders } from './relay-answer.ts'
import type { RelayedAnswer } from './relay-answer.ts'
import { WithoutKeys } from './without-keys.ts'

export interface ModelCallsOptions {
  readonly governed: GovernedSession
  /** The session's own. */
  readonly credential: () => Promise<Credential>
  readonly provider: ModelProvider
  /** What the provider is called in the ledger; null for what its address says. */
  readonly providerName: string | null
}

/** What an entry has room for, even where each character takes six in JSON. */
const mostTools = 32
const longestToolName = 128
const mostReasons = 16
const longestFinishReason = 64

type AskedEntry = Parameters<typeof answeredEntry>[0]

/** The calls of models of one session: each is let through by T0, what it descends from and the session's time, recorded, forwarded, relayed and recorded again. */
export class ModelCalls {
  readonly #options: ModelCallsOptions
  readonly #cutOff: CutOff
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #stop = new AbortController()

  constructor(options: ModelCallsOptions) {
    this.#options = options
    this.#cutOff = new CutOff(options.governed.runtime, options.governed.session)
  }

  /**
   * Asks the provider and answers the agent. `gone` is aborted when the agent has gone away. Resolves to why nothing was forwarded; null when it was.
   * @throws BailiwickError `STORE_FAILED` and the like when it could not be recorded: before anything was forwarded, or after an answer that then breaks off
   */
  async perform(request: ModelRequest, agent: ServerResponse, gone: AbortSignal): Promise<RefusedRequest | null> {
    const work = this.#perform(request, agent, AbortSignal.any([gone, this.#stop.signal]))
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  /** Gives up what is under way, and waits until that is recorded. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled(this.#underWay)
  }

  async #perform(request: ModelRequest, agent: ServerResponse, signal: AbortSignal): Promise<RefusedRequest | null> {
    const credential = await this.#options.credential()
    const refused = await this.#refusal(credential)
    if (refused !== null) return refused
    const without = new WithoutKeys(this.#options.provider.secretsOf(request.headers))
    const prompt = commit(request.body)
    if (without.isIn(prompt.payload.body))
      return { status: 400, problem: 'the body holds the key of the provider, which is recorded nowhere' }
    const asked = this.#asked(request, prompt.commitment)
    await this.#options.governed.runtime.ledger.append(asked, [prompt.payload])
    await this.#cutOff.during(credential, signal, (ending) => this.#forward(asked, request, agent, without, ending))
    return null
  }

  async #refusal(credential: Credential): Promise<RefusedRequest | null> {
    const { governed } = this.#options
    if (this.#stop.signal.aborted) return { status: 503, problem: 'the gateway is shutting down' }
    const contract = governed.contract()
    const link = await this.#cutOff.link(credential)
    if (link !== null) return { status: 403, problem: `${linkText(link)} was revoked` }
    const verdict = await governed.identify(credential, contract.ruleset)
    if (verdict.response !== 'allow') return { status: 403, problem: verdict.reason }
    if (contract.goal === null) return { status: 403, problem: `there is no goal \`${governed.session.goal}\` any more` }
    // As with calls of tools, limits do not bind an agent that is only observed.
    const outlived = governed.outlived(contract)
    return outlived === null ? null : { status: 403, problem: outlived }
  }

  #asked({ format, model, stream }: ModelRequest, prompt: AskedEntry['prompt']): AskedEntry {
    const { governed, provider, providerName: given } = this.#options
    const { hostname, port, protocol } = provider.endpoint
    const { id, agent, person, goal } = governed.session
    return {
      type: 'model',
      event: 'asked',
      modelCall: timedId('model', governed.runtime.clock()),
      session: id,
      agent,
      person,
      goal,
      operationName: 'chat',
      providerName: given ?? providerName(hostname, format),
      serverAddress: hostname,
      serverPort: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      wireFormat: format,
      requestModel: model === null ? null : cut(model, longestName),
      requestStream: stream,
      prompt,
    }
  }

  async #forward(
    asked: AskedEntry,
    request: ModelRequest,
    agent: ServerResponse,
    without: WithoutKeys,
    signal: AbortSignal,
  ): Promise<void> {
    const { provider } = this.#options
    const started = performance.now()
    const end = (what: ModelEnd, body: string | null = null): Promise<void> =>
      this.#record(asked, { ...what, milliseconds: Math.round(performance.now() - started) }, body)
    let answer: Response
    try {
      answer = await provider.ask({ ...request, method: 'POST', signal })
    } catch (error) {
      if (!(error instanceof Error)) throw error
      if (signal.aborted) {
        await end({ status: 'aborted', error: this.#whyAborted(signal) })
        if (!agent.destroyed) answerWith(agent, this.#stop.signal.aborted ? 503 : 403, this.#whyAborted(signal), asked.modelCall)
        return
      }
      const problem = provider.unreachable(error)
      await end({ status: 'error', error: problem })
      answerWith(agent, 502, problem, asked.modelCall)
      return
    }
    agent.writeHead(answer.status, { ...relayedHeaders(answer), 'bailiwick-model-call': asked.modelCall })
    agent.flushHeaders()
    const relayed = await relayAnswer(answer, agent, without, signal)
    const { whole, ...told } = toldOf(asked, answer, relayed)
    // An agent may well go away once it has read the last event.
    const aborted = signal.aborted && !whole
    const status = aborted ? 'aborted' : told.error === null ? 'ok' : 'error'
    await end({ ...told, status, error: aborted ? this.#whyAborted(signal) : told.error }, relayed.text)
    // What was cut off must not look whole to the agent.
    if (relayed.fault === null) agent.end()
    else agent.destroy()
  }

  #whyAborted({ reason }: AbortSignal): string {
    if (this.#stop.signal.aborted) return 'the gateway was shut down'
    // Whoever cuts a call off says why.
    return reason instanceof Error && reason.name !== 'AbortError' ? reason.message : 'the agent went away'
  }

  async #record(asked: AskedEntry, end: ModelEnd, body: string | null): Promise<void> {
    const response = body === null ? null : commit(jsonOf(body) ?? body)
    const error = end.error === null ? null : cut(end.error, longestReason)
    await this.#options.governed.runtime.ledger.append(
      answeredEntry(asked, { ...end, error, response: response?.commitment ?? null }),
      response === null ? [] : [response.payload],
    )
  }
}

/** Tells an agent why there is no answer, in a form that the SDKs of all three formats read. */
export function answerWith(agent: ServerResponse, status: number, problem: string, modelCall: string | null = null): void {
  agent.writeHead(status, { 'content-type': 'application/json', ...(modelCall === null ? {} : { 'bailiwick-model-call': modelCall }) })
  agent.end(JSON.stringify({ type: 'error', error: { type: 'bailiwick', message: problem } }))
}

/** What an answer says of itself, within what an entry has room for. */
function toldOf(
  { wireFormat }: AskedEntry,
  answer: Response,
  { text, fault }: RelayedAnswer,
): Omit<ModelEnd, 'status'> & { readonly whole: boolean } {
  const streamed = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
  const { id, model, finishReasons, tools, error, whole, malformed, ...tokens } = readAnswer(wireFormat, text, streamed)
  const refused = answer.ok ? null : `the provider answered with status ${answer.status}`
  const broken = whole ? null : (fault ?? 'the answer ended before its end')
  const wrong = malformed ? 'the answer is not of the form that was asked for' : null
  return {
    ...tokens,
    httpStatusCode: answer.status,
    responseModel: model === null ? null : cut(model, longestName),
    responseId: id === null ? null : cut(id, longestName),
    finishReasons: finishReasons.slice(0, mostReasons).map((reason) => cut(reason, longestFinishReason)),
    toolNames: tools.slice(0, mostTools).map((tool) => cut(tool, longestToolName)),
    error: error ?? refused ?? (fault === null ? wrong : null) ?? broken,
    whole,
  }
}

/** The value that a text says in JSON that all readers take alike; undefined for any other. */
function jsonOf(text: string): unknown {
  const value = jsonIn(text)
  return value !== undefined && jsonHazard(text) === null ? value : undefined
}
