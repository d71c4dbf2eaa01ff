import type {
  CallExpectation,
  CanaryExpectation,
  DecisionExpectation,
  Expectations,
  ProvenanceExpectation,
} from '../evals/expect/expectations.ts'
import type { AgentUnderTest } from '../evals/subject/agent-task.ts'
import type { Shared, WrittenExpectations, WrittenUnderTest } from '../evals/suite/suite-file.ts'
import type { ApprovalAnswer, SuiteKind } from '../evals/suite/suite.ts'

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>

/** What is expected of a run, as in `expect` of a suite's file. */
export interface ExpectInput {
  readonly calls?: readonly CallExpectation[]
  readonly decisions?: readonly Optional<DecisionExpectation, 'which'>[]
  readonly labels?: Partial<Expectations['labels']>
  readonly provenance?: readonly ProvenanceExpectation[]
  readonly answer?: Expectations['answer']
  readonly absent?: readonly Optional<CanaryExpectation, 'from'>[]
  readonly never?: Expectations['never']
  readonly budget?: WrittenExpectations['budget']
}

/** What a suite says for all its cases, and a case may say anew; see {@link Shared}. */
export interface SharedInput extends Omit<Shared, 'underTest' | 'inject' | 'approvals'> {
  /** The agent: a function, or any of the forms that a suite's file has. */
  readonly underTest?: AgentUnderTest | WrittenUnderTest
  readonly inject?: readonly { readonly into: string; readonly at?: string; readonly text: string; readonly replace?: boolean }[]
  readonly approvals?: readonly Optional<ApprovalAnswer, 'answer'>[]
}

/** A case that lets the agent run. */
export interface CaseInput extends SharedInput {
  readonly name: string
  readonly kind?: Exclude<SuiteKind, 'policy' | 'prompt'>
  readonly why?: string
  readonly severity?: 'blocking' | 'advisory'
  readonly tags?: readonly string[]
  readonly expect?: ExpectInput
}

/** A suite in TypeScript: the same as a file in `suites/`, whose JSON Schema and guide hold for it as well. Paths begin at the manifest's folder. */
export interface SuiteInput extends SharedInput {
  readonly name: string
  readonly agent: string
  readonly goal: string
  readonly cases: readonly CaseInput[]
}
