import { Delegations } from '../../src/authority/delegations.ts'
import type { DelegationRequest } from '../../src/authority/delegations.ts'
import { paramsHash } from '../../src/decide/t0-identity.ts'
import type { Performed } from '../../src/enforce/attempt.ts'
import { GovernedSession } from '../../src/enforce/governed-session.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { isNarrower } from '../../src/model/narrowing/is-narrower.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import type { Credential, Session } from '../../src/model/session.ts'
import { rulesetFor } from '../decide/ruleset-for.ts'
import { scratchRuntime } from '../enforce/scratch-runtime.ts'
import type { ScratchLedger } from '../ledger/scratch-ledger.ts'

/** A desk whose agent may delegate, down a row of agents that may delegate on. */
export const deskManifest = (more = ''): string => `
trustDomain: corp.example
agents:
  boss: { owner: ann, goals: [letters], delegates: [clerk, temp] }
  clerk: { owner: ann, goals: [letters], delegates: [temp, boss, intern], delegatedOnly: true }
  temp: { owner: ann, goals: [letters], delegates: [intern] }
  intern: { owner: ann, goals: [letters], delegates: [helper] }
  helper: { owner: ann, goals: [letters] }
  stranger: { owner: ann, goals: [letters] }
  gardener: { owner: ann, goals: [garden], delegates: [clerk] }
toolboxes:
  mail:
    mcp: { command: node }
    tools:
      send: { effect: external }
      drafts: { effect: read, labels: [untrusted] }
  notes:
    mcp: { command: node }
    tools: { read: { effect: read } }
goals:
  letters:
    params: { team: { type: string } }
    tools:
      mail.send: { to: { domain: '*.corp.example' }, copies: { range: [1, 5], optional: true } }
      mail.drafts: {}
      notes.read: {}
    allow: [logging]
    limits: { calls: 10, resultBytes: 1000, minutes: 60, repeats: 20 }
  garden:
    tools: { notes.read: {} }
${more}
`

export const desk: Ruleset = rulesetFor({ manifest: deskManifest() })

type DeskRuntime = ReturnType<typeof scratchRuntime>

export interface Desk {
  readonly runtime: DeskRuntime
  readonly open: (agent?: string) => Promise<Session>
  readonly delegate: (from: Session, request?: Partial<DelegationRequest>) => Promise<Session>
  readonly take: (session: Session) => Promise<Seat>
}

interface Seat {
  readonly session: Session
  readonly governed: GovernedSession
  /** The rule that a call of a tool was answered by; `done` when it was carried out. */
  readonly call: (tool: string, args?: JsonObject, work?: (signal: AbortSignal) => Promise<number>) => Promise<string>
  readonly perform: (tool: string, args?: JsonObject) => Promise<Performed<null>>
}

const ruleOf = (performed: Performed<unknown>): string => (performed.kind === 'done' ? 'done' : performed.decision.rule)

export function deskAt(
  scratch: ScratchLedger,
  {
    ruleset = desk,
    clock = Date.now,
    instance = 'gateway-1',
    narrower,
  }: { readonly ruleset?: Ruleset; readonly clock?: () => number; readonly instance?: string; readonly narrower?: typeof isNarrower } = {},
): Desk {
  const runtime = scratchRuntime(ruleset, scratch, { clock, instance })
  const delegations = new Delegations(runtime.sessions, runtime.revocations, clock, narrower)
  return {
    runtime,
    open: (agent = 'boss') =>
      runtime.sessions.open(ruleset, { agent, goal: 'letters', params: { team: 'sales' }, person: 'ann', request: null }),
    delegate: (from, request = {}) =>
      delegations.delegate(runtime.rules.current, from.id, {
        agent: 'clerk',
        part: { tools: { 'mail.send': {} } },
        lifetime: null,
        request: null,
        ...request,
      }),
    take: async (session) => seat(session, await GovernedSession.open(runtime, session)),
  }
}

export function credentialOf(session: Session): Credential {
  return {
    valid: true,
    tokenId: `token of ${session.id}`,
    key: `key of ${session.agent}`,
    agent: session.agent,
    session: session.id,
    goal: session.goal,
    paramsHash: paramsHash(session.params),
    expires: Number.MAX_SAFE_INTEGER,
  }
}

function seat(session: Session, governed: GovernedSession): Seat {
  let made = 0
  const perform = (
    tool: string,
    args: JsonObject = {},
    work: (signal: AbortSignal) => Promise<number> = async () => 0,
  ): Promise<Performed<null>> =>
    governed.perform<null>({
      point: 'test',
      tool,
      // No call is the repetition of another.
      arguments: {
        ...(tool === 'mail.send' ? { to: 'bob@mail.corp.example', copies: 1 } : {}),
        ...args,
        note: `${(made += 1)} ${session.id}`,
      },
      livePin: async (ruleset) => ruleset.tools.get(tool)?.pin ?? null,
      local: true,
      credential: async () => credentialOf(session),
      run: async (_call, contract, _fulfilment, signal) => {
        const bytes = await work(signal)
        const left = governed.takeBytes(bytes, contract)
        return { status: left === null ? 'ok' : 'refused', error: null, value: null, recorded: null, bytes: left === null ? bytes : 0 }
      },
      signal: new AbortController().signal,
      onWaiting: async () => {},
    })
  return { session, governed, perform, call: async (...call) => ruleOf(await perform(...call)) }
}
