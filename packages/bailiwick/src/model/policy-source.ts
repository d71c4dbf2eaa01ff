import { CedarError, compile, parsePolicies } from '@bailiwick/cedar'
import type { CedarFinding, PolicySet } from '@bailiwick/cedar'
import type { Diagnostic } from './diagnostic.ts'
import type { ErrorCode } from './error-codes.ts'
import { readAnnotations } from './policy-annotations.ts'
import type { AnnotationScope } from './policy-annotations.ts'
import type { Goal, PolicyRule } from './ruleset.ts'
import { cedarString } from './cedar-shape.ts'
import type { Fact } from './fact.ts'
import { factHelp } from './fact-help.ts'
import { factsReadBy } from './policy-reads.ts'

/** A file of Cedar policies: its path as shown in errors, its name beside the manifest, and its text. */
export interface PolicyFile {
  readonly file: string
  readonly name: string
  readonly text: string
}

interface PlacedPolicy {
  readonly text: string
  readonly source: PolicyFile | null
  readonly offset: number
}

export interface CompiledPolicies {
  readonly set: PolicySet
  readonly rules: ReadonlyMap<string, PolicyRule>
  /** Every policy in Cedar's JSON form by id, for the digest. */
  readonly canonical: Readonly<Record<string, unknown>>
}

/** Compiles the policy files and what the contracts amount to in Cedar. Returns null with the findings when anything is wrong. */
export function compilePolicies(
  files: readonly PolicyFile[],
  goals: Iterable<Goal>,
  schema: string,
  scope: AnnotationScope,
  facts: ReadonlyMap<string, Fact>,
): { readonly compiled: CompiledPolicies | null; readonly diagnostics: readonly Diagnostic[] } {
  const placed = new Map<string, PlacedPolicy>()
  const rules = new Map<string, PolicyRule>()
  const canonical = new Map<string, unknown>()
  const diagnostics: Diagnostic[] = []
  for (const goal of goals) {
    if (goal.contract.size === 0) continue
    const id = `contract:${goal.name}`
    placed.set(id, { text: contractPolicy(goal), source: null, offset: 0 })
    rules.set(id, {
      id,
      effect: 'permit',
      response: 'deny',
      message: null,
      severity: null,
      redactions: [],
      controls: [],
      facts: [],
      place: null,
      json: null,
    })
  }
  for (const source of files) {
    try {
      for (const [index, policy] of parsePolicies(source.text).entries()) {
        const id = policy.annotations['id'] ?? `${source.name}#${index}`
        const report = (code: ErrorCode, message: string, mend: string, severity: Diagnostic['severity'] = 'error'): void => {
          diagnostics.push({ code, severity, file: source.file, ...lineAndColumn(source.text, policy.offset), message, mend })
        }
        if (placed.has(id) && !id.startsWith('contract:'))
          report('POLICY_ANNOTATION', `the policy id \`${id}\` is taken`, 'give each policy an `@id` of its own')
        const { asked, problems } = readAnnotations(policy.annotations, policy, scope)
        for (const problem of problems) report('POLICY_ANNOTATION', problem.message, problem.mend, problem.severity)
        placed.set(id, { text: policy.text, source, offset: policy.offset })
        rules.set(id, {
          id,
          effect: policy.effect,
          ...asked,
          facts: factsReadBy(policy.json, [...facts.keys()]),
          place: `policies/${source.name}:${lineAndColumn(source.text, policy.offset).line}`,
          json: policy.json,
        })
        canonical.set(id, policy.json)
      }
    } catch (error) {
      if (!(error instanceof CedarError)) throw error
      diagnostics.push(...error.findings.map((finding) => toDiagnostic('POLICY_SYNTAX', finding, { text: source.text, source, offset: 0 })))
    }
  }
  if (diagnostics.some((finding) => finding.severity === 'error')) return { compiled: null, diagnostics }
  try {
    const set = compile(Object.fromEntries([...placed].map(([id, policy]) => [id, policy.text])), { schema, validateRequests: false })
    return { compiled: { set, rules, canonical: Object.fromEntries(canonical) }, diagnostics }
  } catch (error) {
    if (!(error instanceof CedarError)) throw error
    const found = error.findings.map((finding) =>
      toDiagnostic(
        'POLICY_INVALID',
        { ...finding, help: factHelp(finding.message, facts, scope.tools) ?? finding.help },
        placed.get(finding.policy ?? '') ?? { text: '', source: null, offset: 0 },
      ),
    )
    return { compiled: null, diagnostics: [...diagnostics, ...found] }
  }
}

/** What a contract permits, in Cedar: its tools, while its goal is pursued. Frames and limits narrow this in T1 and T4. */
function contractPolicy(goal: Goal): string {
  const actions = [...goal.contract.keys()].map((tool) => `Action::${cedarString(tool)}`).join(', ')
  return `permit(principal, action in [${actions}], resource) when { context.goal.name == ${cedarString(goal.name)} };`
}

function toDiagnostic(code: ErrorCode, finding: CedarFinding, policy: PlacedPolicy): Diagnostic {
  const mend = finding.help ?? 'see the Cedar schema that `bailiwick check --schema` prints'
  const message = finding.message.replace(/^for policy `[^`]*`, /, '')
  if (policy.source === null)
    return {
      code,
      severity: 'error',
      file: 'bailiwick.yaml',
      line: 1,
      column: 1,
      message: finding.policy === null ? message : `in \`${finding.policy}\`: ${message}`,
      mend,
    }
  return {
    code,
    severity: 'error',
    file: policy.source.file,
    ...lineAndColumn(policy.source.text, policy.offset + (finding.start ?? 0)),
    message,
    mend,
  }
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 }
}
