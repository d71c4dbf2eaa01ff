import type { Json, JsonObject } from '../../model/json.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import type { YamlPath } from '../../model/yaml-source.ts'
import type { CaseSeverity, EvalCase } from '../case/eval-case.ts'
import type { ArgumentFrames, Expectations, TextExpectation } from '../expect/expectations.ts'
import type { AgentUnderTest } from '../subject/agent-task.ts'

/** What a case is about. The first three let an agent run; `policy` asks the rules alone, `prompt` a template. */
export const suiteKinds = ['safety', 'correctness', 'privacy', 'policy', 'prompt'] as const
export type SuiteKind = (typeof suiteKinds)[number]

/** The frameworks whose agents can be run as they are. */
export const frameworks = ['openai-agents', 'ai-sdk'] as const
export type Framework = (typeof frameworks)[number]

export interface ScriptStep {
  /** `toolbox.tool`. */
  readonly call: string
  readonly with: JsonObject
}

/** The agent that a case lets run. */
export type UnderTest =
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly cwd: string; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: 'url'; readonly url: string; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly kind: 'module'
      readonly module: string
      readonly export: string
      readonly framework: Framework | null
      readonly env: Readonly<Record<string, string>>
    }
  | { readonly kind: 'script'; readonly steps: readonly ScriptStep[]; readonly answer: string | null }
  | { readonly kind: 'session'; readonly session: string }
  | { readonly kind: 'function'; readonly run: AgentUnderTest }

/** What a scripted model says in one turn. */
export interface ModelTurn {
  /** A pattern that must be found in what the model was sent last, for this turn to be taken; groups are `$1` and so on in what it says. */
  readonly when?: string | undefined
  readonly say?: string | undefined
  readonly call?: string | undefined
  readonly with?: JsonObject | undefined
}

/** Money for a million tokens. */
export interface Prices {
  readonly input: number
  readonly output: number
}

/** Where the model's answers come from. */
export type ModelSource =
  | { readonly kind: 'script'; readonly turns: readonly ModelTurn[]; readonly prices: Prices | null }
  | {
      readonly kind: 'endpoint'
      /** Such as `https://api.openai.com/v1`. */
      readonly endpoint: string
      /** The variable of the environment that holds the key; null for an endpoint that needs none. */
      readonly key: string | null
      /** A file of recorded answers; null when there is none. */
      readonly cassette: string | null
      readonly prices: Prices | null
    }

/** How a mocked tool answers. */
export interface ToolMock {
  /** Arguments for which it is meant; any when absent. */
  readonly when?: ArgumentFrames | undefined
  /** Structured content, or a whole result with `content`. */
  readonly result?: JsonObject | undefined
  /** A file with one of the two. */
  readonly fixture?: string | undefined
  /** The tool fails with this text. */
  readonly error?: string | undefined
}

/** A text put into what a tool gives back. */
export interface Injection {
  readonly into: string
  /** Names and indices, such as `structuredContent.rows.0.note`; the first text when absent. */
  readonly at: readonly string[] | null
  readonly text: string
  /** Put in the place of what stands there, instead of behind it. */
  readonly replace: boolean
}

/** What the person answers who is asked to approve a call. What no answer speaks of is refused. */
export interface ApprovalAnswer {
  readonly tool: string
  readonly with?: ArgumentFrames | undefined
  readonly answer: 'approve' | 'refuse' | 'ignore'
}

interface CaseBase {
  readonly name: string
  readonly why: string
  readonly severity: CaseSeverity
  readonly tags: readonly string[]
}

/** A case that lets an agent run. */
export interface AgentCase extends CaseBase {
  readonly kind: 'safety' | 'correctness' | 'privacy'
  readonly agent: string
  readonly goal: string
  readonly params: JsonObject
  readonly person: string | null
  readonly request: string | null
  /** When it begins, in milliseconds since 1970. */
  readonly at: number
  readonly underTest: UnderTest
  readonly model: ModelSource | null
  readonly canaries: Readonly<Record<string, string>>
  readonly tools: Readonly<Record<string, readonly ToolMock[]>>
  readonly inject: readonly Injection[]
  readonly approvals: readonly ApprovalAnswer[]
  /** How often it runs. */
  readonly repeat: number
  /** The share of runs that must be as expected, from 0 to 1. */
  readonly pass: number
  /** Milliseconds that one run may take before it is ended. */
  readonly time: number
  readonly expect: Expectations
}

/** A unit check of the rules: calls, and how they must be decided, with no agent. */
export interface PolicyCase extends CaseBase {
  readonly kind: 'policy'
  readonly check: EvalCase
}

/** A unit check of a prompt template. */
export interface PromptCase extends CaseBase {
  readonly kind: 'prompt'
  readonly template: { readonly file: string } | { readonly module: string; readonly export: string }
  readonly values: Readonly<Record<string, Json>>
  /** Values that strangers wrote, and the two marks that they must stand between. */
  readonly untrusted: readonly string[]
  readonly between: readonly [string, string] | null
  readonly expect: TextExpectation & { readonly characters?: number | undefined }
}

export type SuiteCase = AgentCase | PolicyCase | PromptCase

/** A case, and where it and what it expects stand. */
export interface PlacedSuiteCase {
  readonly suite: string
  readonly case: SuiteCase
  /**
   * The place of something under the case's `expect`; of the nearest thing that is written where it is not. Null for a suite
   * that is no file.
   */
  readonly placeOf: (path: YamlPath) => Pick<Diagnostic, 'file' | 'line' | 'column'> | null
}
