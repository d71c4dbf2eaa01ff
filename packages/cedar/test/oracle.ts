import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import { CedarError, compile } from '../src/index.ts'
import type { Answer, Entity, Request, TemplateLink } from '../src/index.ts'

/** Everything that a decision hangs on. */
export interface Question {
  readonly policies: Readonly<Record<string, string>>
  readonly templates?: Readonly<Record<string, string>>
  readonly links?: readonly TemplateLink[]
  readonly schema?: string | undefined
  readonly entities: readonly Entity[]
  readonly requests: readonly Request[]
}

/** An answer in a form that two evaluators can agree on, or the fact that the question was refused. */
export type Comparable = 'refused' | { readonly decision: string; readonly reasons: readonly string[]; readonly errors: readonly string[] }

/** What this package answers to each request. */
export function ours(question: Question): Comparable[] {
  const { policies, templates = {}, links = [], schema, entities, requests } = question
  try {
    const set = compile({ ...policies, ...templates }, { links, ...(schema === undefined ? {} : { schema, validatePolicies: false }) })
    return requests.map((request) => refusable(() => comparable(set.authorize(request, entities))))
  } catch (error) {
    if (error instanceof CedarError) return requests.map(() => 'refused')
    throw error
  }
}

/** What the official build answers to each request. */
export function theirs(question: Question): Comparable[] {
  const { policies, templates = {}, links = [], schema, entities, requests } = question
  return requests.map((request) => {
    const answer = isAuthorized({
      ...(request as { principal: never; action: never; resource: never; context: never }),
      entities: entities as never,
      policies: {
        staticPolicies: policies,
        templates,
        templateLinks: links.map(({ template, id, values }) => ({ templateId: template, newId: id, values: values as never })),
      },
      ...(schema === undefined ? {} : { schema, validateRequest: true }),
    })
    if (answer.type === 'failure') return 'refused'
    const { decision, diagnostics } = answer.response
    return { decision, reasons: diagnostics.reason.toSorted(), errors: diagnostics.errors.map((error) => error.policyId).toSorted() }
  })
}

function comparable(answer: Answer): Comparable {
  return {
    decision: answer.decision,
    reasons: answer.reasons.toSorted(),
    errors: answer.errors.map((fault) => fault.policy).toSorted(),
  }
}

function refusable(work: () => Comparable): Comparable {
  try {
    return work()
  } catch (error) {
    if (error instanceof CedarError) return 'refused'
    throw error
  }
}
