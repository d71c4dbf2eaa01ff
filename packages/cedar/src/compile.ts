import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { CedarError } from './cedar-error.ts'
import type { CedarFinding } from './cedar-error.ts'
import { SharedPaths } from './expression/shared-paths.ts'
import { Uncompilable } from './expression/uncompilable.ts'
import { findingsAgainstSchema } from './findings-against-schema.ts'
import { slotValuesOf } from './links.ts'
import type { TemplateLink } from './links.ts'
import { readPolicies } from './policy-source.ts'
import type { PolicySource, ReadPolicy } from './policy-source.ts'
import { PolicySet } from './policy-set.ts'
import { compileConditions } from './rule.ts'
import type { Rule } from './rule.ts'
import { Schema } from './schema/schema.ts'
import { ScopeIndex } from './scope/scope-index.ts'
import { scopeOf } from './scope/scope.ts'
import type { SlotValues } from './scope/scope.ts'

export interface CompileOptions {
  /** A schema in Cedar's schema syntax. With it, policies are validated strictly here, and requests and entities at each {@link PolicySet.authorize}. */
  readonly schema?: string
  /**
   * Whether {@link PolicySet.authorize} reads each request, and entities given as an array, by the schema and refuses what does
   * not fit it; true unless said otherwise. A caller that makes its requests from the schema can save the time: values are then
   * read in their explicit forms, and evaluation reports one of the wrong type as an error all the same. The action groups of the
   * schema count either way.
   */
  readonly validateRequests?: boolean
  /** Whether policies that do not validate against the schema are refused; true unless said otherwise. */
  readonly validatePolicies?: boolean
  /** Policies to make of the templates among the policies given. A template without a link decides nothing. */
  readonly links?: readonly TemplateLink[]
}

/**
 * Parses, validates and prepares policies for many decisions.
 *
 * With a schema, a policy that can never apply is refused like one that does not type-check: a rule that silently
 * never fires is worse than none.
 * @throws CedarError with every finding, when the schema, a policy or a link does not parse, does not validate, or cannot be evaluated exactly.
 */
export function compile(policies: PolicySource, options: CompileOptions = {}): PolicySet {
  const read = readPolicies(policies)
  const links = options.links ?? []
  const findings = [...read.findings, ...slotProblems(read.policies, links)]
  if (options.schema !== undefined && options.validatePolicies !== false && findings.length === 0)
    findings.push(...findingsAgainstSchema(read.policies, links, options.schema))
  if (findings.length > 0) throw new CedarError(findings)

  const shared = new SharedPaths([...read.policies.values()].map((policy) => policy.json))
  const rules: Rule[] = []
  const index = new ScopeIndex<Rule>()
  const annotations = new Map<string, Readonly<Record<string, string>>>()
  const add = (id: string, policy: ReadPolicy, slots: SlotValues): void => {
    try {
      const { json } = policy
      const scope = scopeOf(json, slots)
      const isFoundOften = scope.action.kind === 'in' && scope.action.entities.length > 1
      const rule = { id, position: rules.length, effect: json.effect, isFoundOften, holds: compileConditions(json, shared) }
      index.add(scope, rule)
      rules.push(rule)
      annotations.set(id, annotationsOf(json))
    } catch (thrown) {
      if (!(thrown instanceof Uncompilable)) throw thrown
      findings.push(uncompilable(id, policy, thrown))
    }
  }
  for (const [id, policy] of read.policies) if (!policy.isTemplate) add(id, policy, new Map())
  for (const link of links) add(link.id, read.policies.get(link.template) as ReadPolicy, slotValuesOf(link))
  if (findings.length > 0) throw new CedarError(findings)

  const schema = options.schema === undefined ? null : new Schema(options.schema)
  return new PolicySet({ rules, index, annotations, schema, validateRequests: options.validateRequests !== false })
}

function annotationsOf(json: PolicyJson): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(json.annotations ?? {}).map(([key, value]) => [key, value ?? '']))
}

function uncompilable(id: string, { text }: ReadPolicy, problem: Uncompilable): CedarFinding {
  return {
    message: `for policy \`${id}\`, at /${problem.path.join('/')} of its JSON form: ${problem.message}`,
    help: null,
    policy: id,
    start: 0,
    end: text.length,
  }
}

function slotProblems(policies: ReadonlyMap<string, ReadPolicy>, links: readonly TemplateLink[]): CedarFinding[] {
  const taken = new Set([...policies].filter(([, policy]) => !policy.isTemplate).map(([id]) => id))
  const problems: CedarFinding[] = []
  for (const link of links) {
    const problem = linkProblem(policies.get(link.template), link, taken)
    if (problem !== null) problems.push({ message: problem, help: null, policy: link.id, start: null, end: null })
    taken.add(link.id)
  }
  return problems
}

function linkProblem(template: ReadPolicy | undefined, link: TemplateLink, taken: ReadonlySet<string>): string | null {
  if (template?.isTemplate !== true) return `the link \`${link.id}\` names \`${link.template}\`, which is not a template among the policies`
  if (taken.has(link.id)) return `the policy id \`${link.id}\` is taken; give each link an id of its own`
  const slots = slotsOf(template.json)
  const given = Object.keys(link.values)
  const missing = slots.find((slot) => !given.includes(slot))
  if (missing !== undefined) return `the link \`${link.id}\` has no value for the slot \`${missing}\``
  const surplus = given.find((slot) => !slots.includes(slot))
  return surplus === undefined ? null : `the link \`${link.id}\` gives a value for \`${surplus}\`, which its template does not have`
}

function slotsOf(json: PolicyJson): string[] {
  return [json.principal, json.resource].flatMap((constraint) => {
    const place = 'in' in constraint && constraint.in !== undefined ? constraint.in : constraint
    return 'slot' in place ? [place.slot] : []
  })
}
