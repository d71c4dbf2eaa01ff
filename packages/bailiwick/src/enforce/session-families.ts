import type { Ancestor } from '../decide/decision-input.ts'
import type { SessionUsage } from '../decide/session-usage.ts'
import type { Session } from '../model/session.ts'
import { SessionFamily } from './session-family.ts'
import type { FamilySources } from './session-family.ts'

/** How far up it is looked for the session that a person opened; no manifest allows so deep a chain. */
const highest = 32

/** A session's place in its family while it is under way in this process. */
export interface FamilyPlace {
  readonly usage: SessionUsage
  /** The sessions that it was delegated from, outermost first, as they were opened. */
  readonly ancestors: readonly Ancestor[]
  /** Takes in what other processes have done in the family. */
  readonly catchUp: () => Promise<void>
  /** To be called once, when the session ends here. */
  readonly leave: () => void
}

/** The families of the sessions under way in this process, which sessions of one family share. */
export class SessionFamilies {
  readonly #sources: FamilySources
  readonly #families = new Map<string, { readonly family: Promise<SessionFamily>; users: number }>()

  constructor(sources: FamilySources) {
    this.#sources = sources
  }

  async join(session: Session): Promise<FamilyPlace> {
    const above = await this.#above(session)
    const root = above[0]?.id ?? session.id
    const shared = this.#families.get(root) ?? { family: SessionFamily.load(this.#sources, root), users: 0 }
    shared.users += 1
    this.#families.set(root, shared)
    const leave = (): void => {
      shared.users -= 1
      if (shared.users === 0 && this.#families.get(root) === shared) this.#families.delete(root)
    }
    try {
      const family = await shared.family
      await family.catchUp(root)
      return {
        usage: family.usage(session.id),
        ancestors: above.map((one) => ({ session: one, usage: family.usage(one.id) })),
        catchUp: () => family.catchUp(root),
        leave,
      }
    } catch (error) {
      leave()
      throw error
    }
  }

  /** The sessions above one, outermost first. Where one is missing, those below it: T0 refuses a chain that is not whole. */
  async #above(session: Session): Promise<readonly Session[]> {
    const above: Session[] = []
    for (let parent = session.delegation?.parent; parent !== undefined && above.length < highest;) {
      const found = await this.#sources.sessionStore.find(parent)
      if (found === null) break
      above.unshift(found)
      parent = found.delegation?.parent
    }
    return above
  }
}
