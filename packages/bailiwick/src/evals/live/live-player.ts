import type { Performed } from '../../enforce/attempt.ts'
import { GovernedSession } from '../../enforce/governed-session.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Session } from '../../model/session.ts'
import type { Target } from '../attacks/attack.ts'
import type { LiveArena } from './live-arena.ts'

export interface LiveCall {
  readonly tool: string
  readonly arguments: JsonObject
  readonly token: string
  /** Told of the approval that is waited for, again and again; the call is given up when it answers false. */
  readonly waiting?: (approval: string) => Promise<boolean>
  readonly pin?: string | null
}

/** A session under way in the arena. Tools are not reached: that one would have been is counted. */
export class LivePlayer {
  readonly session: Session
  runs = 0
  readonly #arena: LiveArena
  readonly #governed: GovernedSession

  private constructor(arena: LiveArena, governed: GovernedSession) {
    this.#arena = arena
    this.#governed = governed
    this.session = governed.session
  }

  static async open(arena: LiveArena, { agent, goal, params, ruleset }: Target): Promise<LivePlayer> {
    const texts = Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    )
    const session = await arena.runtime.sessions.open(ruleset, { agent, goal: goal.name, params: texts, person: null, request: null })
    return new LivePlayer(arena, await GovernedSession.open(arena.runtime, session))
  }

  /** A genuine token of this session. */
  token(lifetime: number = 600_000): Promise<string> {
    return this.#arena.token(this.session, lifetime)
  }

  call({ tool, arguments: args, token, waiting = async () => false, pin }: LiveCall): Promise<Performed<null>> {
    const given = new AbortController()
    const { runtime } = this.#arena
    return this.#governed.perform<null>({
      point: 'redteam',
      tool,
      arguments: args,
      livePin: async (ruleset) => (pin === undefined ? (ruleset.tools.get(tool)?.pin ?? null) : pin),
      local: false,
      credential: () => runtime.authority.verify(token),
      signal: given.signal,
      onWaiting: async (approval) => {
        if (!(await waiting(approval.id))) given.abort()
      },
      run: async () => {
        this.runs += 1
        return { status: 'ok', error: null, value: null, recorded: null, bytes: 0 }
      },
    })
  }

  close(): Promise<void> {
    return this.#governed.close()
  }
}
