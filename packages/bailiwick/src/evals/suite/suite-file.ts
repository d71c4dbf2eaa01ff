import type { JsonObject } from '../../model/json.ts'
import type { WrittenStep } from '../case/case-schema.ts'
import type { CaseSeverity } from '../case/eval-case.ts'
import type { BudgetExpectation, CanaryExpectation, Expectations } from '../expect/expectations.ts'
import type { ApprovalAnswer, Framework, ModelTurn, Prices, PromptCase, ScriptStep, ToolMock } from './suite.ts'

export type WrittenUnderTest =
  | { readonly command: readonly string[]; readonly cwd?: string | undefined; readonly env?: Readonly<Record<string, string>> | undefined }
  | { readonly url: string; readonly headers?: Readonly<Record<string, string>> | undefined }
  | {
      readonly module: string
      readonly export: string
      readonly framework?: Framework | undefined
      readonly env?: Readonly<Record<string, string>> | undefined
    }
  | { readonly script: readonly ScriptStep[]; readonly answer?: string | undefined }
  | { readonly session: string }

export type WrittenModel =
  | { readonly script: readonly ModelTurn[]; readonly prices?: Prices | undefined }
  | {
      readonly endpoint: string
      readonly key?: { readonly env: string } | undefined
      readonly cassette?: string | undefined
      readonly prices?: Prices | undefined
    }

/** What a suite says for all its cases, and each case may say anew. */
export interface Shared {
  readonly params?: JsonObject | undefined
  readonly person?: string | null | undefined
  readonly request?: string | null | undefined
  readonly at?: string | undefined
  readonly underTest?: WrittenUnderTest | undefined
  readonly model?: WrittenModel | null | undefined
  readonly canaries?: Readonly<Record<string, string>> | undefined
  readonly tools?: Readonly<Record<string, ToolMock | readonly ToolMock[]>> | undefined
  readonly inject?:
    | readonly { readonly into: string; readonly at?: string | undefined; readonly text: string; readonly replace: boolean }[]
    | undefined
  readonly approvals?: readonly ApprovalAnswer[] | undefined
  readonly repeat?: number | undefined
  readonly pass?: number | undefined
  readonly time?: string | undefined
}

export interface WrittenExpectations extends Omit<Expectations, 'budget' | 'absent'> {
  readonly absent: readonly CanaryExpectation[]
  readonly budget: Omit<BudgetExpectation, 'time'> & { readonly time?: string | undefined }
}

interface About {
  readonly name: string
  readonly why: string
  readonly severity: CaseSeverity
  readonly tags: readonly string[]
}

export interface WrittenAgentCase extends About, Shared {
  readonly kind: 'safety' | 'correctness' | 'privacy'
  readonly expect: WrittenExpectations
}

export interface WrittenPolicyCase extends About, Pick<Shared, 'params' | 'person' | 'request'> {
  readonly kind: 'policy'
  readonly steps: readonly WrittenStep[]
}

export interface WrittenPromptCase extends About {
  readonly kind: 'prompt'
  readonly prompt: {
    readonly file?: string | undefined
    readonly module?: string | undefined
    readonly export: string
    readonly values: JsonObject
    readonly untrusted: readonly string[]
    readonly between?: readonly [string, string] | undefined
  }
  readonly expect: PromptCase['expect']
}

/** A file in `suites/` as it was read: every key checked, every default filled in. */
export interface SuiteFile extends Shared {
  readonly version: 1
  readonly name?: string | undefined
  readonly agent: string
  readonly goal: string
  readonly cases: readonly (WrittenAgentCase | WrittenPolicyCase | WrittenPromptCase)[]
}
