import { CedarError, compile, parsePolicies } from '@bailiwick/cedar'
import type { CedarFinding, PolicySet } from '@bailiwick/cedar'
import type { Diagnostic } from './diagnostic.ts'
import type { ErrorCode } from './error-codes.ts'
import type { Goal, PolicyRule } from './ruleset.ts'
import { cedarString } from './cedar-shape.ts'
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

const known = new Set(['id', 'response', 'message', 'severity', 'control', 'doc', 'advice'])
const severities = new Set(['low', 'medium', 'high', 'critical'])

/** Compiles the policy files and what the contracts amount to in Cedar. Returns null with the findings when anything is wrong. */
export function compilePolicies(
  files: readonly PolicyFile[],
  goals: Iterable<Goal>,
  schema: string,
  factNames: readonly string[] = [],
): { readonly compiled: CompiledPolicies | null; readonly diagnostics: readonly Diagnostic[] } {
  const placed = new Map<string, PlacedPolicy>()
  const rules = new Map<string, PolicyRule>()
  const canonical = new Map<string, unknown>()
  const diagnostics: Diagnostic[] = []
  for (const goal of goals) {
    if (goal.contract.size === 0) continue
    const id = `contract:${goal.name}`
    placed.set(id, { text: contractPolicy(goal), source: null, offset: 0 })
    rules.set(id, { id, effect: 'permit', response: 'deny', message: null, severity: null, facts: [], place: null })
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
        for (const problem of annotationProblems(policy.effect, policy.annotations))
          report('POLICY_ANNOTATION', problem.message, problem.mend, problem.severity)
        placed.set(id, { text: policy.text, source, offset: policy.offset })
        rules.set(id, {
          id,
          effect: policy.effect,
          response: policy.annotations['response'] === 'ask' ? 'ask' : 'deny',
          message: policy.annotations['message'] ?? null,
          severity: (policy.annotations['severity'] ?? null) as PolicyRule['severity'],
          facts: factsReadBy(policy.json, factNames),
          place: `policies/${source.name}:${lineAndColumn(source.text, policy.offset).line}`,
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
      toDiagnostic('POLICY_INVALID', finding, placed.get(finding.policy ?? '') ?? { text: '', source: null, offset: 0 }),
    )
    return { compiled: null, diagnostics: [...diagnostics, ...found] }
  }
}

/** What a contract permits, in Cedar: its tools, while its goal is pursued. Frames and limits narrow this in T1 and T4. */
function contractPolicy(goal: Goal): string {
  const actions = [...goal.contract.keys()].map((tool) => `Action::${cedarString(tool)}`).join(', ')
  return `permit(principal, action in [${actions}], resource) when { context.goal.name == ${cedarString(goal.name)} };`
}

function annotationProblems(
  effect: string,
  annotations: Readonly<Record<string, string>>,
): { message: string; mend: string; severity?: Diagnostic['severity'] }[] {
  const problems: { message: string; mend: string; severity?: Diagnostic['severity'] }[] = []
  if (/^(T[0-4]\.|contract:)/.test(annotations['id'] ?? ''))
    problems.push({
      message: `\`@id("${annotations['id']}")\` begins like the name of a rule of our own`,
      mend: 'choose an id that does not begin with `T0.` to `T4.` or `contract:`',
    })
  const response = annotations['response']
  if (response !== undefined && effect !== 'forbid')
    problems.push({ message: '`@response` stands on a permit', mend: 'put it on a forbid: it says what to do instead of denying' })
  else if (response !== undefined && response !== 'ask' && response !== 'deny')
    problems.push({
      message: `\`@response("${response}")\` cannot be fulfilled by this version`,
      mend: 'use `@response("ask")`, or leave it out to deny',
    })
  const severity = annotations['severity']
  if (severity !== undefined && !severities.has(severity))
    problems.push({ message: `\`@severity("${severity}")\` is not a severity`, mend: 'use `low`, `medium`, `high` or `critical`' })
  for (const key of Object.keys(annotations))
    if (!known.has(key))
      problems.push({
        message: `the annotation \`@${key}\` means nothing to Bailiwick`,
        mend: 'correct its spelling, or remove it',
        severity: 'warning',
      })
  return problems
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
