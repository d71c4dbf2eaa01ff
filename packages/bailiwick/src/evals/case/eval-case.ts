import type { FactValues } from '../../model/fact.ts'
import type { JsonObject } from '../../model/json.ts'
import type { SessionState } from '../../model/session.ts'
import type { Response } from '../../model/vocabulary.ts'

/** Whose credential comes with a call; `own` is the session's. */
export const credentialKinds = ['own', 'expired', 'forged', 'other-session', 'other-agent', 'other-goal', 'other-parameters'] as const
type CredentialKind = (typeof credentialKinds)[number]

export const severities = ['blocking', 'advisory'] as const
export type CaseSeverity = (typeof severities)[number]

/** One call of a case, and what is done to the world just before it. */
export interface CaseStep {
  /** `toolbox.tool`, or any name that an agent could send. */
  readonly call: string
  readonly with: JsonObject
  /** Which of the case's sessions makes the call, from 0; all are of one agent, goal and person. */
  readonly session?: number | undefined
  /** Milliseconds that pass before the call, besides the second that each takes. */
  readonly wait?: number | undefined
  /** A person approves exactly this call if asked. */
  readonly approved?: boolean | undefined
  readonly credential?: CredentialKind | undefined
  readonly state?: SessionState | undefined
  /** What the tool's server does with its definition. */
  readonly pin?: 'changed' | 'absent' | undefined
  /** Bytes of what comes back, if the call goes through. */
  readonly bytes?: number | undefined
  /** How often the same call is made in a row; what is expected is expected of the last. */
  readonly times?: number | undefined
  /** Judged by the policies alone, whatever contract, limits and confirmation say of it. */
  readonly at?: 'T2' | undefined
  /** With `at: T2`: labels that the session is taken to carry besides those it has met. */
  readonly labels?: readonly string[] | undefined
  /** With `at: T2`: what the facts are taken to be. */
  readonly facts?: FactValues | undefined
  readonly expect?: Response | undefined
  /** The rule that is expected to have given the answer: where to look when it no longer does. It may change. */
  readonly rule?: string | undefined
  /** What policies must take out, as `@redact` writes it. */
  readonly redacts?: readonly string[] | undefined
  /** Texts that such a redaction must take out where they stand, by the redaction. */
  readonly removes?: Readonly<Record<string, readonly string[]>> | undefined
}

/** Steps of one agent towards one goal. An attack must be answered as strictly as expected or more so; an honest case exactly so. */
export interface EvalCase {
  readonly name: string
  readonly kind: 'attack' | 'honest'
  readonly why: string
  readonly agent: string
  readonly goal: string
  readonly params: JsonObject
  readonly person: string | null
  readonly request: string | null
  readonly steps: readonly CaseStep[]
  readonly severity: CaseSeverity
  readonly tags: readonly string[]
}

/** The steps with those that are made several times written out. */
export function singleSteps(steps: readonly CaseStep[]): CaseStep[] {
  return steps.flatMap(({ times = 1, expect, rule, redacts, removes, ...step }) =>
    Array.from({ length: times }, (_, index) => (index === times - 1 ? { ...step, expect, rule, redacts, removes } : step)),
  )
}
