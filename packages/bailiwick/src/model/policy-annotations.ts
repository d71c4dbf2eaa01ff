import { isJsonObject } from './json.ts'
import type { PolicyJson } from './policy-json.ts'
import { toolsInScope } from './policy-scope.ts'
import { parseRedaction, redactionKinds, unitedRedactions } from './redaction.ts'
import type { Redaction } from './redaction.ts'
import type { PolicyRule, Tool } from './ruleset.ts'
import { leavesRoomFor } from './schema-room.ts'
import type { Diagnostic } from './diagnostic.ts'

/** What the annotations of a policy can refer to. */
export interface AnnotationScope {
  readonly tools: ReadonlyMap<string, Tool>
  /** Names of the manifest's own patterns. */
  readonly patterns: ReadonlySet<string>
}

interface AnnotationProblem {
  readonly message: string
  readonly mend: string
  readonly severity?: Diagnostic['severity']
}

/** What a policy's annotations ask for, and what is wrong with them. */
export interface ReadAnnotations {
  readonly asked: Pick<PolicyRule, 'response' | 'message' | 'severity' | 'redactions' | 'controls'>
  readonly problems: readonly AnnotationProblem[]
}

const known = new Set(['id', 'response', 'message', 'severity', 'control', 'redact', 'doc', 'advice'])
const severities = new Set(['low', 'medium', 'high', 'critical'])
const fulfilled = ['ask', 'sanitize', 'deny'] as const
const controlForm = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

/** Reads the annotations that Bailiwick gives a meaning to. */
export function readAnnotations(
  annotations: Readonly<Record<string, string>>,
  policy: { readonly effect: 'permit' | 'forbid'; readonly json: PolicyJson },
  scope: AnnotationScope,
): ReadAnnotations {
  const problems: AnnotationProblem[] = [...formProblems(policy.effect, annotations)]
  const response = fulfilled.find((one) => one === annotations['response']) ?? 'deny'
  const redactions = readRedactions(annotations['redact'], response === 'sanitize', policy, scope, problems)
  const controls = (annotations['control'] ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
  if (annotations['control'] !== undefined && (controls.length === 0 || !controls.every((id) => controlForm.test(id))))
    problems.push({
      message: `\`@control("${annotations['control']}")\` does not name controls`,
      mend: 'write their ids separated by commas, such as `@control("ASI02, LLM06")`: letters, digits and `. _ - :`',
    })
  const severity = annotations['severity']
  return {
    asked: {
      response,
      message: annotations['message'] ?? null,
      severity: severity !== undefined && severities.has(severity) ? (severity as PolicyRule['severity']) : null,
      redactions,
      controls: [...new Set(controls)],
    },
    problems,
  }
}

function formProblems(effect: string, annotations: Readonly<Record<string, string>>): AnnotationProblem[] {
  const problems: AnnotationProblem[] = []
  if (/^(T[0-4]\.|contract:)/.test(annotations['id'] ?? ''))
    problems.push({
      message: `\`@id("${annotations['id']}")\` begins like the name of a rule of our own`,
      mend: 'choose an id that does not begin with `T0.` to `T4.` or `contract:`',
    })
  const response = annotations['response']
  if (response !== undefined && effect !== 'forbid')
    problems.push({ message: '`@response` stands on a permit', mend: 'put it on a forbid: it says what to do instead of denying' })
  else if (response !== undefined && !(fulfilled as readonly string[]).includes(response))
    problems.push({
      message: `\`@response("${response}")\` cannot be fulfilled by this version`,
      mend: 'use `@response("ask")` or `@response("sanitize")`, or leave it out to deny',
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

function readRedactions(
  text: string | undefined,
  sanitising: boolean,
  policy: { readonly effect: 'permit' | 'forbid'; readonly json: PolicyJson },
  scope: AnnotationScope,
  problems: AnnotationProblem[],
): readonly Redaction[] {
  if (text === undefined) {
    if (sanitising)
      problems.push({
        message: '`@response("sanitize")` does not say what to take out',
        mend: 'add `@redact("output:pii")` or the like',
      })
    return []
  }
  if (policy.effect !== 'forbid' || !sanitising) {
    problems.push({
      message: policy.effect === 'forbid' ? '`@redact` stands without `@response("sanitize")`' : '`@redact` stands on a permit',
      mend: 'put both on a forbid: the call is then let through with that taken out',
    })
    return []
  }
  const read: Redaction[] = []
  for (const part of text.split(',')) {
    const redaction = parseRedaction(part)
    const problem = redaction === null ? malformed(part) : problemOf(redaction, policy.json, scope)
    if (problem !== null) problems.push(problem)
    else if (redaction !== null) read.push(redaction)
  }
  return unitedRedactions([read])
}

function malformed(part: string): AnnotationProblem {
  return {
    message: `\`${part.trim()}\` in \`@redact\` does not say what to take out`,
    mend: 'write a path from `input` or `output`, and a kind if only that is to go: `input.body:pii`, `output.rows.*.email`',
  }
}

function problemOf({ of, path, kind }: Redaction, json: PolicyJson, { tools, patterns }: AnnotationScope): AnnotationProblem | null {
  if (kind !== null && !(redactionKinds as readonly string[]).includes(kind) && !patterns.has(kind))
    return {
      message: `\`${kind}\` in \`@redact\` is neither a kind nor a pattern`,
      mend: `use one of ${[...redactionKinds, ...patterns].map((one) => `\`${one}\``).join(', ')}, or declare it under \`patterns\``,
    }
  const concerned = toolsInScope(json, tools)
  if (of === 'output') return outputProblem(path, concerned)
  const [argument] = path
  if (argument === undefined || argument === '*') return null
  if (concerned.some((tool) => takes(tool, argument))) return null
  return {
    message: `\`@redact\` speaks of \`input.${argument}\`, and no tool that the policy can apply to has that argument`,
    mend: 'correct the name, or the action in the head of the policy',
  }
}

/** Null where a tool promises nothing of its results, or leaves room there for what the path leads to. */
function outputProblem(path: readonly string[], concerned: readonly Tool[]): AnnotationProblem | null {
  const schemas = concerned.map(({ definition }) => definition?.outputSchema)
  if (schemas.length === 0 || schemas.some((schema) => schema === undefined || leavesRoomFor(schema, path, schema))) return null
  const members = new Set(schemas.flatMap((schema) => Object.keys((schema?.['properties'] ?? {}) as object)))
  return {
    message: `\`@redact\` speaks of \`output.${path.join('.')}\`, and the output schemas of the tools that the policy can apply to have no such member`,
    mend: `correct the path, or the action in the head of the policy; the results have ${[...members].map((name) => `\`${name}\``).join(', ') || 'no members'}`,
  }
}

/** Whether a tool may be called with an argument, as far as its schema tells. */
function takes({ definition, shape }: Tool, argument: string): boolean {
  if (shape.fields.has(argument)) return true
  const schema = definition?.inputSchema
  return (
    schema !== undefined &&
    (!isJsonObject(schema['properties']) ||
      Object.hasOwn(schema['properties'], argument) ||
      ['additionalProperties', 'patternProperties', 'unevaluatedProperties', 'anyOf', 'oneOf', 'allOf', '$ref'].some(
        (key) => key in schema && schema[key] !== false,
      ))
  )
}
