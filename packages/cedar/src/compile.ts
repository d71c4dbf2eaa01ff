import { checkParsePolicySet, checkParseSchema, preparsePolicySet, preparseSchema, validate } from '@cedar-policy/cedar-wasm/nodejs'
import { CedarError } from './cedar-error.ts'
import type { CedarFinding } from './cedar-error.ts'
import { toFinding, toValidationFinding } from './findings.ts'
import { parsePolicies } from './parse-policies.ts'
import { PolicySet } from './policy-set.ts'

/** Policies by id, or one text whose policies get the ids `policy0`, `policy1`, … as in Cedar's own tools. */
export type PolicySource = string | Readonly<Record<string, string>>

export interface CompileOptions {
  /** A schema in Cedar's schema syntax. With it, policies are validated strictly here and requests at each {@link PolicySet.authorize}. */
  readonly schema?: string
  /**
   * Whether {@link PolicySet.authorize} checks each request against the schema; true unless said otherwise. A caller that
   * makes its requests from the schema can save the time: evaluation reports a value of the wrong type as an error all the same.
   */
  readonly validateRequests?: boolean
}

/**
 * Parses, validates and prepares policies for many decisions.
 *
 * With a schema, a policy that can never apply is refused like one that does not type-check: a rule that silently
 * never fires is worse than none.
 * @throws CedarError with every finding, when the schema or a policy does not parse or does not validate.
 */
export function compile(policies: PolicySource, options: CompileOptions = {}): PolicySet {
  const texts = new Map(
    typeof policies === 'string'
      ? parsePolicies(policies).map((policy, index) => [`policy${index}`, policy.text])
      : Object.entries(policies),
  )
  const annotations = new Map<string, Readonly<Record<string, string>>>()
  const findings: CedarFinding[] = []
  for (const [id, text] of texts) {
    const parsed = checkParsePolicySet({ staticPolicies: { [id]: text } })
    if (parsed.type === 'failure') findings.push(...parsed.errors.map((error) => toFinding(error, text, id)))
    else annotations.set(id, parsePolicies(text)[0]?.annotations ?? {})
  }
  if (options.schema !== undefined && findings.length === 0) findings.push(...findingsAgainstSchema(texts, options.schema))
  if (findings.length > 0) throw new CedarError(findings)

  const handle = globalThis.crypto.randomUUID()
  const prepared = preparsePolicySet(handle, { staticPolicies: Object.fromEntries(texts) })
  if (prepared.type === 'failure') throw new CedarError(prepared.errors.map((error) => toFinding(error, null, null)))
  if (options.schema === undefined) return new PolicySet(handle, null, annotations)
  const schema = preparseSchema(handle, options.schema)
  if (schema.type === 'failure') throw new CedarError(schema.errors.map((error) => toFinding(error, null, null)))
  return new PolicySet(handle, options.validateRequests === false ? null : handle, annotations)
}

function findingsAgainstSchema(texts: ReadonlyMap<string, string>, schema: string): CedarFinding[] {
  const parsed = checkParseSchema(schema)
  if (parsed.type === 'failure') return parsed.errors.map((error) => toFinding(error, schema, null))
  const answer = validate({ validationSettings: { mode: 'strict' }, schema, policies: { staticPolicies: Object.fromEntries(texts) } })
  if (answer.type === 'failure') return answer.errors.map((error) => toFinding(error, null, null))
  const errors = answer.validationErrors.map((found) => toValidationFinding(found, texts))
  const faulty = new Set(errors.map((error) => error.policy))
  const impossible = answer.validationWarnings.filter(
    (found) => found.error.message.includes('policy is impossible') && !faulty.has(found.policyId),
  )
  return [...errors, ...impossible.map((found) => toValidationFinding(found, texts))]
}
