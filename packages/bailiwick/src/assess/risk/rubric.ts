import type { RiskDimension } from '../../model/vocabulary.ts'

/** One thing that a score can rest on. */
interface Criterion {
  /** The score that it comes to where the highest counts, otherwise the points that it adds. */
  readonly score: number
  readonly says: string
}

export interface DimensionRubric {
  readonly title: string
  readonly asks: string
  /** `highest`: the highest criterion that holds, else 1. `sum`: 1 and the points of all that hold, within 1 and 5. */
  readonly counting: 'highest' | 'sum'
  /** Whether a high score is bad. */
  readonly high: 'worse' | 'better'
  readonly criteria: Readonly<Record<string, Criterion>>
}

/**
 * The published rubric of the six dimensions; docs/guides/risk.md has the same table. A *free* argument is a declared sink that the
 * contract does not frame, or whose frame lets everything through.
 */
export const rubric: Readonly<Record<RiskDimension, DimensionRubric>> = {
  access: {
    title: 'Access',
    asks: 'what data and systems does it reach?',
    counting: 'highest',
    high: 'worse',
    criteria: {
      secret: { score: 5, says: 'gets data labelled `secret`, with no person agreeing to each call and no redaction' },
      command: { score: 5, says: 'has a free `command` argument: it reaches whatever the machine reaches' },
      shieldedSecret: { score: 4, says: 'gets data labelled `secret`, each call agreed to by a person, or secrets redacted' },
      personal: { score: 4, says: 'gets data labelled `pii`, with no person agreeing to each call and no redaction' },
      free: { score: 4, says: 'has a free `path`, `query` or `url` argument' },
      sensitive: { score: 3, says: 'gets data with another label than `untrusted`, or `pii` that is shielded as above' },
      systems: { score: 3, says: 'reaches three toolboxes or more' },
      internal: { score: 2, says: 'reads anything' },
    },
  },
  action: {
    title: 'Action',
    asks: 'what can it change?',
    counting: 'highest',
    high: 'worse',
    criteria: {
      irreversible: { score: 5, says: 'has a `destructive` tool without an `undo`' },
      execution: { score: 5, says: 'has a free `command` argument: it can do whatever the machine can' },
      reversible: { score: 4, says: 'has a `destructive` tool with an `undo`' },
      freeTarget: { score: 4, says: 'has an `external` tool with a free argument other than `content`' },
      external: { score: 3, says: 'has an `external` tool, or a `read` with a free `url`' },
      write: { score: 2, says: 'has a `write` tool' },
    },
  },
  autonomy: {
    title: 'Autonomy',
    asks: 'how much does it do without a person?',
    counting: 'highest',
    high: 'worse',
    criteria: {
      unbounded: { score: 5, says: 'acts outside with no person agreeing, in a goal that limits neither calls nor minutes' },
      outside: { score: 4, says: 'uses an `external` or `destructive` tool with no person agreeing to each call' },
      inside: { score: 3, says: 'uses a `write` tool with no person agreeing to each call' },
      reading: { score: 2, says: 'uses a `read` tool with no person agreeing to each call' },
    },
  },
  oversight: {
    title: 'Oversight',
    asks: 'how much can people see and stop?',
    counting: 'sum',
    high: 'better',
    criteria: {
      destructive: { score: 1, says: 'no `destructive` tool works without a person agreeing to each call' },
      external: { score: 1, says: 'no `external` tool works without a person agreeing to each call' },
      bounded: { score: 1, says: 'each of its goals limits both calls and minutes' },
      breaker: { score: 1, says: 'after ten denied calls at most, a session does nothing more without a person' },
      observed: { score: -4, says: 'it is only observed (`mode: observe`): nothing is stopped' },
      unanswered: { score: -1, says: 'history: half or more of three and more questions to people expired' },
      hasty: { score: -1, says: 'history: half or more of three and more approvals came within three seconds of the question' },
    },
  },
  goalStability: {
    title: 'Goal stability',
    asks: 'how well does it keep to its goal?',
    counting: 'sum',
    high: 'better',
    criteria: {
      framed: { score: 1, says: 'its acting tools have no free argument other than `content`' },
      guarded: { score: 1, says: 'once it has read `untrusted` data, no `external` or `destructive` tool works without a person' },
      fixed: { score: 1, says: 'no acting tool has a free `path` or `command`, so it cannot rewrite what it is told to do' },
      loops: { score: 1, says: 'each of its goals stops repeated calls at three (`repeats`)' },
      observed: { score: -4, says: 'it is only observed (`mode: observe`): its contract is not enforced' },
      strayed: { score: -1, says: 'history: a tenth or more of ten and more calls went beyond its contract' },
      changed: { score: -1, says: 'history: a tool of its contracts was withheld, since it no longer fitted its pin' },
    },
  },
  monitoring: {
    title: 'Monitoring',
    asks: 'is what it does noticed?',
    counting: 'sum',
    high: 'better',
    criteria: {
      recorded: { score: 1, says: 'each of its calls leaves a receipt' },
      attributed: { score: 1, says: 'its `model` and its `version` are declared' },
      watched: { score: 1, says: 'each `external` and `destructive` tool is counted: by a rate, or a fact that a policy on it reads' },
      graded: { score: 1, says: 'on each `external` and `destructive` tool stands a policy with a `@severity`' },
      lost: { score: -1, says: 'history: what came of a call is unknown' },
    },
  },
}

/** The rubric as rows of a Markdown table, for the guide. */
export function rubricTable(): string {
  const rows = Object.values(rubric).flatMap(({ title, counting, criteria }) =>
    Object.values(criteria).map(
      ({ score, says }) => `| ${title} | ${counting === 'sum' && score > 0 ? '+' : ''}${score < 0 ? `−${-score}` : score} | ${says} |`,
    ),
  )
  return ['| dimension | score | when |', '|---|---|---|', ...rows].join('\n')
}
