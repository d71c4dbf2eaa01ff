import { paramsHash } from '../../src/decide/t0-identity.ts'
import { GovernedSession } from '../../src/enforce/governed-session.ts'
import type { Performed } from '../../src/enforce/attempt.ts'
import type { Runtime } from '../../src/enforce/runtime.ts'
import type { RulesetInForce } from '../../src/enforce/ruleset-in-force.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import type { Session } from '../../src/model/session.ts'
import { noon } from '../decide/ruleset-for.ts'
import { scratchRuntime } from '../enforce/scratch-runtime.ts'
import type { ScratchLedger } from '../ledger/scratch-ledger.ts'

/** A clock that a test sets, in milliseconds after noon. */
export class SetClock {
  after = 0
  readonly read = (): number => noon + this.after
}

/** A process that serves sessions of a desk over a ledger that others may use too. */
export class DeskProcess {
  readonly runtime: Runtime
  readonly rules: RulesetInForce

  constructor(ruleset: Ruleset, scratch: ScratchLedger, clock: SetClock, instance = 'gateway-1') {
    const runtime = scratchRuntime(ruleset, scratch, { clock: clock.read, instance })
    this.runtime = runtime
    this.rules = runtime.rules
  }

  /** Begins a session, or takes one up that has begun. */
  async session(opening: { readonly agent?: string; readonly person?: string | null } | string = {}): Promise<DeskSession> {
    const { runtime, rules } = this
    const session =
      typeof opening === 'string'
        ? await runtime.sessions.find(opening)
        : await runtime.sessions.open(rules.current, {
            agent: opening.agent ?? 'clerk',
            goal: 'work',
            params: {},
            person: opening.person === undefined ? 'ann' : opening.person,
            request: null,
          })
    return new DeskSession(await GovernedSession.open(runtime, session), session)
  }
}

export class DeskSession {
  readonly governed: GovernedSession
  readonly session: Session

  constructor(governed: GovernedSession, session: Session) {
    this.governed = governed
    this.session = session
  }

  get id(): string {
    return this.session.id
  }

  /** Makes a call; `result` is the structured content that the tool gives back, in time, and `recorded` a whole result instead. */
  async call(
    tool: string,
    args: JsonObject = {},
    result: JsonObject | null | Promise<JsonObject> = {},
    recorded: JsonObject | null = null,
  ): Promise<Performed<string>> {
    const { id, agent } = this.session
    return this.governed.perform({
      point: 'test',
      tool: `desk.${tool}`,
      arguments: args,
      livePin: async (ruleset) => ruleset.tools.get(`desk.${tool}`)?.pin ?? null,
      local: true,
      credential: async () => ({
        valid: true,
        tokenId: 'jti',
        agent,
        session: id,
        goal: 'work',
        paramsHash: paramsHash({}),
        expires: Number.MAX_SAFE_INTEGER,
      }),
      run: async () => {
        const structuredContent = await result
        if (structuredContent === null) return { status: 'refused', error: 'gone', value: 'nothing', recorded: null, bytes: 0 }
        return { status: 'ok', error: null, value: 'done', recorded: recorded ?? { content: [], structuredContent }, bytes: 0 }
      },
      signal: new AbortController().signal,
      onWaiting: async () => {},
    })
  }
}
