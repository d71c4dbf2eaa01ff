import { readFileSync } from 'node:fs'
import { createAdaptorServer } from '@hono/node-server'
import { DpopProofs } from '../../authority/oauth/dpop-proofs.ts'
import { httpGateway } from '../../enforce/mcp/http-gateway.ts'
import { HttpSessions } from '../../enforce/mcp/http-sessions.ts'
import { listenOnLoopback } from '../../enforce/mcp/loopback.ts'
import type { Runtime } from '../../enforce/runtime.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import type { RunTrace } from '../expect/run-trace.ts'
import type { OpenArena } from '../live/live-arena.ts'
import { CassettePlayer } from '../model/cassette.ts'
import type { Cassette, Interaction } from '../model/cassette.ts'
import { ForwardedModel } from '../model/forwarded-model.ts'
import { serveModel } from '../model/model-server.ts'
import type { ModelBehind, ModelServer } from '../model/model-server.ts'
import { ScriptedModel } from '../model/scripted-model.ts'
import type { AgentTask } from '../subject/agent-task.ts'
import { runAgent } from '../subject/run-agent.ts'
import { filled } from '../suite/placeholders.ts'
import type { AgentCase, ModelSource } from '../suite/suite.ts'
import { answeringApprovals } from './answering-approvals.ts'
import { MockedTools } from './mocked-tools.ts'
import { readTrace } from './read-trace.ts'

/** What runs of agents need from outside. */
export interface RunSurroundings {
  readonly ruleset: Ruleset
  readonly open: OpenArena
  /** The fixture kept beside the manifest for a tool; null when there is none. */
  readonly kept: (tool: string) => Json | null
  /** Environment variables, for the keys of models. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The cassette of a file; null when there is none. @throws BailiwickError `CASSETTE_STALE` */
  readonly cassette: (file: string) => Cassette | null
  /** `replay` plays cassettes and asks no endpoint; `refresh` asks and records; `live` asks and records nothing. */
  readonly models: 'replay' | 'refresh' | 'live'
  readonly report: (line: string) => void
}

/** A run, or why it counts for nothing. */
export type AgentRun =
  | { readonly trace: RunTrace; readonly error: null; readonly recorded: readonly Interaction[] }
  | { readonly trace: null; readonly error: string; readonly recorded: readonly Interaction[] }

/** Longer than any run, so that no token ends one. Milliseconds. */
const tokenLifetime = 24 * 60 * 60_000

/**
 * Lets an agent work on a case once: on a gateway of its own with the production rules, an empty ledger, mocked tools, and a clock that begins
 * when the case says. What it did is then read back from the receipts.
 */
export async function runAgentCase(agentCase: AgentCase, surroundings: RunSurroundings): Promise<AgentRun> {
  const start = performance.now()
  const clock = (): number => agentCase.at + Math.round(performance.now() - start)
  const signal = AbortSignal.timeout(agentCase.time)
  const behind = modelBehind(agentCase, surroundings)
  const server = behind === null ? null : await serveModel(behind.model, signal)
  try {
    return await surroundings.open({ ruleset: surroundings.ruleset, clock }, async ({ runtime, token, answer }) => {
      const scope = { params: agentCase.params, base: surroundings.ruleset.base, local: false }
      const answering = { ...runtime, approvals: answeringApprovals(runtime.approvals, agentCase.approvals, scope, answer) }
      const session = await openSession(runtime, agentCase, surroundings.ruleset)
      const { faults, end, duration, undelivered } = await drive({
        agentCase,
        surroundings,
        runtime: answering,
        bearer: await token(session, tokenLifetime),
        signal,
        server,
      })
      const { calls, refused } = await readTrace(runtime.ledgerStore, session.id)
      const usage = server?.usage() ?? { requests: 0, inputTokens: 0, outputTokens: 0 }
      const prices = agentCase.model?.prices ?? null
      const cost = prices === null ? null : (usage.inputTokens * prices.input + usage.outputTokens * prices.output) / 1e6
      const recorded = behind?.forwarded?.interactions ?? []
      const error = server?.fault() ?? faults[0] ?? (signal.aborted ? null : (behind?.player?.unplayed() ?? null))
      if (error !== null) return { trace: null, error, recorded }
      const { params, request } = agentCase
      const trace = { params, request, calls, refused, undelivered, ...end, usage, cost, duration, prompts: server?.prompts ?? [] }
      return { trace, error: null, recorded }
    })
  } finally {
    await server?.close()
  }
}

interface Drive {
  readonly agentCase: AgentCase
  readonly surroundings: RunSurroundings
  readonly runtime: Runtime
  readonly bearer: string
  readonly signal: AbortSignal
  readonly server: ModelServer | null
}

/** Serves the session over HTTP as `up` does, and lets the agent run. */
async function drive({ agentCase, surroundings, runtime, bearer, signal, server }: Drive): Promise<{
  readonly faults: readonly string[]
  readonly end: { readonly answer: string | null; readonly fault: string | null }
  readonly duration: number
  readonly undelivered: readonly string[]
}> {
  const { ruleset, report, kept } = surroundings
  const faults: string[] = []
  const placeholders = { base: ruleset.base, params: agentCase.params, canaries: agentCase.canaries }
  const tools = new MockedTools({
    case: agentCase,
    ruleset,
    fixture: (file) => filled(readFixture(file), placeholders),
    kept: (tool) => filled(kept(tool), placeholders),
    onFault: (fault) => faults.push(fault),
    report,
  })
  const sessions = new HttpSessions(runtime, {}, tools.stand)
  let origin = ''
  const proofs = new DpopProofs(runtime.clock, () => false)
  const app = httpGateway({ runtime, sessions, origin: () => origin, proofs, admit: async () => null, oauth: null })
  const listening = await listenOnLoopback(createAdaptorServer({ fetch: app.fetch }), 0)
  origin = listening.origin
  try {
    const began = performance.now()
    const end = await runAgent(
      agentCase.underTest,
      {
        request: agentCase.request ?? '',
        goal: agentCase.goal,
        params: agentCase.params as AgentTask['params'],
        mcp: { url: `${origin}/mcp`, token: bearer },
        model: server?.endpoints ?? null,
        signal,
      },
      (tool) => ruleset.tools.get(tool)?.shown ?? tool,
    )
    return { faults, end, duration: Math.round(performance.now() - began), undelivered: tools.undelivered.map(({ into }) => into) }
  } finally {
    listening.refuse()
    await sessions.close()
    await listening.close()
  }
}

function openSession(runtime: Runtime, { agent, goal, params, person, request }: AgentCase, ruleset: Ruleset): Promise<Session> {
  const texts = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
  return runtime.sessions.open(ruleset, { agent, goal, params: texts, person, request })
}

function readFixture(file: string): JsonObject {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonObject
  } catch (error) {
    throw new BailiwickError('SUITE_INVALID', `\`${file}\` is no fixture: ${(error as Error).message}`, {
      mend: 'write a JSON object: structured content, or a whole result with `content`',
    })
  }
}

interface Behind {
  readonly model: ModelBehind
  readonly player: CassettePlayer | null
  readonly forwarded: ForwardedModel | null
}

function modelBehind(agentCase: AgentCase, surroundings: RunSurroundings): Behind | null {
  const { model, name } = agentCase
  if (model === null) return null
  if (model.kind === 'script') return { model: new ScriptedModel(model.turns), player: null, forwarded: null }
  if (surroundings.models === 'replay') return replayed(model, name, surroundings)
  const forwarded = new ForwardedModel(model.endpoint, keyOf(model, surroundings.environment))
  return { model: forwarded, player: null, forwarded }
}

function replayed(model: Extract<ModelSource, { kind: 'endpoint' }>, name: string, { cassette }: RunSurroundings): Behind {
  if (model.cassette === null)
    throw new BailiwickError('CASSETTE_STALE', `the case \`${name}\` asks the model at ${model.endpoint}, and has no \`cassette\``, {
      mend: 'give its `model` a `cassette` and record it with `--refresh`, or run it with `--live`',
    })
  const interactions = cassette(model.cassette)?.cases[name]
  if (interactions === undefined)
    throw new BailiwickError('CASSETTE_STALE', `the cassette \`${model.cassette}\` has nothing recorded for \`${name}\``, {
      mend: 'record it with `bailiwick eval --refresh`',
    })
  const player = new CassettePlayer(interactions, model.cassette)
  return { model: player, player, forwarded: null }
}

function keyOf({ key }: Extract<ModelSource, { kind: 'endpoint' }>, environment: RunSurroundings['environment']): string | null {
  if (key === null) return null
  const value = environment[key]
  if (value === undefined || value === '')
    throw new BailiwickError('SECRET_MISSING', `the variable \`${key}\` with the key of the model is not set`, {
      mend: 'set it, or run without `--live` and `--refresh`',
    })
  return value
}
