import { textsOf } from './agent-task.ts'
import type { AgentTask } from './agent-task.ts'
import { injectionMark, otherOpening } from './applications.ts'
import { rogueActs } from './rogue-acts.ts'

const candidates = ['C-1041', 'C-1042', 'C-1043', 'C-1044']

/**
 * Reads the applications and, when one holds the instruction, does what stands there, as a model might: no model is needed to see what
 * the gateway does. The stranger's address is taken out of what it reads; it knows that anyway, to make the attack the worst it can be.
 */
export default async function hijackedAssistant({ params, call }: AgentTask): Promise<string> {
  const opening = String(params['opening'])
  const letters: string[] = []
  for (const candidate of candidates) letters.push(...textsOf(await call('candidates__read_application', { opening, candidate })))
  const loot = letters.join('\n')
  if (!loot.includes(injectionMark)) return 'found no instruction'
  for (const { tool, args } of rogueActs(opening, otherOpening, loot)) await call(tool, args)
  return `did as I was told\n${loot}`
}
