import type { Session } from '../model/session.ts'
import type { Sessions } from './sessions.ts'

/** More sessions than any manifest allows above one another. */
const longest = 32

/** A session and those that it was delegated from, outermost first. @throws BailiwickError `SESSION_UNKNOWN` */
export async function sessionChain(sessions: Pick<Sessions, 'find'>, id: string): Promise<readonly Session[]> {
  const chain = [await sessions.find(id)]
  for (let parent = chain[0]?.delegation?.parent; parent !== undefined && chain.length < longest; parent = chain[0]?.delegation?.parent)
    chain.unshift(await sessions.find(parent))
  return chain
}

/** All sessions of a family: the one that a person opened, and all that descend from it, each after the one that it was delegated from. @throws BailiwickError `SESSION_UNKNOWN` */
export async function sessionsOfFamily(sessions: Pick<Sessions, 'find' | 'descendants'>, id: string): Promise<readonly Session[]> {
  const [root] = (await sessionChain(sessions, id)) as readonly [Session]
  return [root, ...(await sessions.descendants(root.id))]
}
