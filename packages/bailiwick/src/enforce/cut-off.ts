import { lineageOf } from '../model/lineage-of.ts'
import { linkText } from '../model/lineage.ts'
import type { Link } from '../model/lineage.ts'
import type { Credential, Session } from '../model/session.ts'
import type { LastLook } from './attempt.ts'
import type { Runtime } from './runtime.ts'

/** How often it is looked whether calls under way still may go on, in milliseconds. */
const lookEvery = 200

interface UnderWay {
  readonly credential: Credential
  readonly abort: (reason: Error) => void
}

/** Whether what the calls of one session descend from is cut: asked before each, and watched while any is under way. */
export class CutOff {
  readonly #runtime: Pick<Runtime, 'revocations' | 'sessionStore' | 'report'>
  readonly #session: Session
  readonly #underWay = new Set<UnderWay>()
  #timer: NodeJS.Timeout | null = null

  constructor(runtime: Pick<Runtime, 'revocations' | 'sessionStore' | 'report'>, session: Session) {
    this.#runtime = runtime
    this.#session = session
  }

  /** The first link that is cut; null when none is. */
  async link(credential: Credential): Promise<Link | null> {
    return this.#runtime.revocations.first(lineageOf(this.#session, credential))
  }

  /** The same at the last moment before a call is carried out: a session that was ended meanwhile counts, too. */
  async lastLink(credential: Credential): Promise<Link | null> {
    const cut = await this.link(credential)
    if (cut !== null) return cut
    for (const id of sessionsOf(this.#session)) {
      const state = await this.#runtime.sessionStore.state(id)
      // What it descends from may have been a session elsewhere.
      if (state !== 'active' && (state !== null || id === this.#session.id)) return { kind: 'session', id }
    }
    return null
  }

  /** Does work that is cancelled when what it descends from is cut, or `signal` is aborted. */
  async during<T>(credential: Credential, signal: AbortSignal, work: (signal: AbortSignal, lost: LastLook) => Promise<T>): Promise<T> {
    const cut = new AbortController()
    const one: UnderWay = { credential, abort: (reason) => cut.abort(reason) }
    this.#underWay.add(one)
    this.#watch()
    try {
      return await work(AbortSignal.any([signal, cut.signal]), () => this.lastLink(credential))
    } finally {
      this.#underWay.delete(one)
    }
  }

  async #revoked(): Promise<string | null> {
    for (const id of sessionsOf(this.#session)) if ((await this.#runtime.sessionStore.state(id)) === 'revoked') return id
    return null
  }

  #watch(): void {
    if (this.#timer !== null || this.#underWay.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#look().finally(() => this.#watch())
    }, lookEvery)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    try {
      for (const { credential, abort } of this.#underWay) {
        const link = await this.link(credential)
        const revoked = await this.#revoked()
        if (link !== null) abort(new Error(`${linkText(link)} was revoked`))
        else if (revoked !== null)
          abort(new Error(revoked === this.#session.id ? 'the session was revoked' : `the session \`${revoked}\` was revoked`))
      }
    } catch (error) {
      this.#runtime.report(`it could not be looked whether calls were revoked: ${String(error)}`)
      for (const { abort } of this.#underWay) abort(new Error('it cannot be told whether the call was revoked'))
    }
  }
}

/** A session and those that it was delegated from. */
function sessionsOf({ id, lineage = [] }: Session): readonly string[] {
  return [...lineage.filter(({ kind }) => kind === 'session').map((link) => link.id), id]
}
