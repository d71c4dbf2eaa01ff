import type { Sink } from '../../model/vocabulary.ts'
import { isOutside } from './reach.ts'
import type { Reach, Use } from './reach.ts'
import { named, scored } from './score.ts'
import type { Finding, Score } from './score.ts'

/** What data and systems an agent reaches. */
export function scoreAccess({ uses }: Reach): Score {
  const labelled = (label: string): Use[] => uses.filter(({ tool }) => tool.declaration.labels.includes(label))
  const shielded = (use: Use, label: string): boolean => use.attended || use.redacted.has(label)
  const [secrets, personal] = [labelled('secret'), labelled('pii')]
  const others = uses.flatMap(({ tool }) => tool.declaration.labels.filter((label) => !['untrusted', 'secret', 'pii'].includes(label)))
  const toolboxes = new Set(uses.map(({ tool }) => tool.toolbox))
  const shieldedPersonal = personal.filter((use) => shielded(use, 'pii'))
  return scored('access', [
    byTools(
      'secret',
      secrets.filter((use) => !shielded(use, 'secret')),
      (tools) => `data labelled \`secret\`, unshielded: ${tools}`,
    ),
    byTools('command', freeOf(uses, ['command']), (tools) => `any command: ${tools}`),
    byTools(
      'shieldedSecret',
      secrets.filter((use) => shielded(use, 'secret')),
      (tools) => `data labelled \`secret\`, shielded: ${tools}`,
    ),
    byTools(
      'personal',
      personal.filter((use) => !shielded(use, 'pii')),
      (tools) => `data labelled \`pii\`: ${tools}`,
    ),
    byTools('free', freeOf(uses, ['path', 'query', 'url']), (tools) => `any path, query or address: ${tools}`),
    {
      criterion: 'sensitive',
      holds: others.length + shieldedPersonal.length > 0,
      evidence: `it gets data labelled ${named([...others, ...(shieldedPersonal.length > 0 ? ['pii'] : [])])}`,
    },
    { criterion: 'systems', holds: toolboxes.size >= 3, evidence: `it reaches ${toolboxes.size} toolboxes: ${named(toolboxes)}` },
    byTools(
      'internal',
      uses.filter(({ effect }) => effect === 'read'),
      (tools) => `it reads: ${tools}`,
    ),
  ])
}

/** What an agent can change. */
export function scoreAction({ uses }: Reach, undoable: (use: Use) => boolean): Score {
  const destructive = uses.filter(({ effect }) => effect === 'destructive')
  const external = uses.filter(({ effect }) => effect === 'external')
  const freeReads = freeOf(uses, ['url']).filter(({ effect }) => effect === 'read')
  return scored('action', [
    byTools(
      'irreversible',
      destructive.filter((use) => !undoable(use)),
      (tools) => `destructive, without an undo: ${tools}`,
    ),
    byTools('execution', freeOf(uses, ['command']), (tools) => `any command: ${tools}`),
    byTools('reversible', destructive.filter(undoable), (tools) => `destructive, with an undo: ${tools}`),
    byTools('freeTarget', external.filter(hasFreeTarget), (tools) => `acts outside, on targets that the contract leaves free: ${tools}`),
    byTools('external', [...external, ...freeReads], (tools) => `acts outside: ${tools}`),
    byTools(
      'write',
      uses.filter(({ effect }) => effect === 'write'),
      (tools) => `writes: ${tools}`,
    ),
  ])
}

/** How much an agent does without a person. */
export function scoreAutonomy({ uses }: Reach): Score {
  const alone = uses.filter(({ attended }) => !attended)
  const outside = alone.filter(isOutside)
  return scored('autonomy', [
    byTools(
      'unbounded',
      outside.filter(({ goal }) => goal.limits.calls === null && goal.limits.lifetime === null),
      (tools) => `acts outside with no person agreeing, in a goal that limits neither calls nor minutes: ${tools}`,
    ),
    byTools('outside', outside, (tools) => `acts outside with no person agreeing to each call: ${tools}`),
    byTools(
      'inside',
      alone.filter(({ effect }) => effect === 'write'),
      (tools) => `writes with no person agreeing to each call: ${tools}`,
    ),
    byTools(
      'reading',
      alone.filter(({ effect }) => effect === 'read'),
      (tools) => `reads with no person agreeing to each call: ${tools}`,
    ),
  ])
}

/** Whether an argument that says where or how much is free; what is said there is for others to judge. */
export function hasFreeTarget({ free }: Use): boolean {
  return [...free.values()].some((sink) => sink !== 'content')
}

export function freeOf(uses: readonly Use[], sinks: readonly Sink[]): Use[] {
  return uses.filter(({ free }) => [...free.values()].some((sink) => sinks.includes(sink)))
}

/** Something that holds when there are such uses. */
function byTools(criterion: string, uses: readonly Use[], says: (tools: string) => string): Finding {
  return { criterion, holds: uses.length > 0, evidence: says(named(uses.map(({ tool }) => tool.key))) }
}
