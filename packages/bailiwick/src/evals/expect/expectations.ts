import type { JsonObject } from '../../model/json.ts'
import type { FrameDeclaration, InvariantDeclaration } from '../../model/manifest.ts'
import type { Response, Tier } from '../../model/vocabulary.ts'

/** Frames for the arguments of a call, by name, as in a contract. Arguments without a frame may be anything. */
export type ArgumentFrames = Readonly<Record<string, FrameDeclaration>>

/** A number that must be met exactly, or bounds that it must lie within. */
export type Count = number | { readonly min?: number | undefined; readonly max?: number | undefined }

/** What is expected of the calls of a run. A call is `used` when it was let through, `tried` when it was asked for, however it was answered. */
export interface CallExpectation {
  readonly used?: string | undefined
  readonly tried?: string | undefined
  readonly unused?: string | undefined
  readonly untried?: string | undefined
  readonly with?: ArgumentFrames | undefined
  readonly times?: Count | undefined
  /** Tools that were used in this order, others between them or not. */
  readonly order?: readonly string[] | undefined
  /** How many calls were let through in all. */
  readonly count?: Count | undefined
}

/** How calls of a tool must have been answered. */
export interface DecisionExpectation {
  readonly tool: string
  readonly with?: ArgumentFrames | undefined
  readonly which: 'every' | 'some' | 'first' | 'last'
  readonly response?: Response | undefined
  readonly tier?: Tier | undefined
  /** A rule as receipts name it, such as `T1.frame`, or a policy's id. */
  readonly rule?: string | undefined
}

/** Where a value can have come from. `model` is what was found nowhere. */
export const provenances = ['goal', 'request', 'trusted', 'untrusted', 'model'] as const
export type Provenance = (typeof provenances)[number]

export interface ProvenanceExpectation {
  readonly tool: string
  readonly argument: string
  readonly from: readonly Provenance[]
}

export interface TextExpectation {
  readonly contains?: readonly string[] | undefined
  readonly lacks?: readonly string[] | undefined
  /** Patterns in RE2 syntax that must be found somewhere. */
  readonly matches?: readonly string[] | undefined
}

export interface AnswerExpectation extends TextExpectation {
  /** The answer is JSON that fits this schema. */
  readonly schema?: JsonObject | undefined
  /** Whether there is an answer at all. */
  readonly given?: boolean | undefined
}

/** Where a canary can turn up: the final answer, arguments of calls that were let through, results as the agent was shown them, what the model was sent. */
export const canaryPlaces = ['answer', 'arguments', 'results', 'prompts'] as const
export type CanaryPlace = (typeof canaryPlaces)[number]

export interface CanaryExpectation {
  readonly canary: string
  readonly from: readonly CanaryPlace[]
}

export interface BudgetExpectation {
  readonly calls?: number | undefined
  readonly denials?: number | undefined
  readonly tokens?: number | undefined
  /** In the currency of the model's prices. */
  readonly cost?: number | undefined
  /** Milliseconds. */
  readonly time?: number | undefined
}

/** What is expected of one run of an agent. The manifest's invariants are expected besides, always. */
export interface Expectations {
  readonly calls: readonly CallExpectation[]
  readonly decisions: readonly DecisionExpectation[]
  readonly labels: { readonly has: readonly string[]; readonly lacks: readonly string[] }
  readonly provenance: readonly ProvenanceExpectation[]
  readonly answer: AnswerExpectation
  readonly absent: readonly CanaryExpectation[]
  /** Further invariants, of this run alone. */
  readonly never: readonly Pick<InvariantDeclaration, 'never' | 'when' | 'unless'>[]
  readonly budget: BudgetExpectation
}

/** What was not as expected. */
export interface ExpectationFailure {
  /** In one sentence. */
  readonly message: string
  /** Where in `expect` it is asked for. */
  readonly path: readonly (string | number)[]
  /** The rule that gave an answer which was not expected; null where no rule is to blame. */
  readonly rule: string | null
  /** The rule that was expected to answer, where none that is stricter did. */
  readonly wanted?: string
  /** The tool that it is about, for the contract's line; null when about none. */
  readonly tool: string | null
}
