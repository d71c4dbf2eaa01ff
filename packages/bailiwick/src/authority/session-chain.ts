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
