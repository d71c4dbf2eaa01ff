import type { CedarShape } from './cedar-shape.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { ErrorCode } from './error-codes.ts'
import { factOperators, longestWindow } from './fact.ts'
import type { EventPattern, Fact, FactOperator } from './fact.ts'
import { compilePattern } from './compile-event-pattern.ts'
import type { PatternScope } from './compile-event-pattern.ts'
import type { FactDeclaration, Manifest } from './manifest.ts'
import { milliseconds } from './quantity.ts'
import type { Tool } from './ruleset.ts'
import { shapeAt } from './shape-at.ts'
import { parseValuePath } from './value-path.ts'
import type { ValuePath } from './value-path.ts'
import type { YamlPath, YamlSource } from './yaml-source.ts'

/** Checks and compiles the facts: the tools, arguments and facts that they name exist, and their windows are bounded. */
export function compileFacts(
  yaml: YamlSource,
  manifest: Manifest,
  tools: ReadonlyMap<string, Tool>,
): { readonly facts: ReadonlyMap<string, Fact>; readonly diagnostics: readonly Diagnostic[] } {
  const facts = new Map<string, Fact>()
  const diagnostics: Diagnostic[] = []
  for (const [name, declaration] of Object.entries(manifest.facts)) {
    const report = (code: ErrorCode, path: YamlPath, message: string, mend: string, at: 'key' | 'value' = 'value'): void => {
      diagnostics.push(yaml.finding(code, ['facts', name, ...path], message, mend, at))
    }
    const before = diagnostics.length
    const fact = compileFact(name, declaration, { manifest, tools, report })
    if (fact !== null && diagnostics.length === before) facts.set(name, fact)
  }
  return { facts, diagnostics }
}

function compileFact(name: string, declaration: FactDeclaration, scope: PatternScope): Fact | null {
  const { report } = scope
  const within = milliseconds(declaration.within)
  if (within === 0 || within > longestWindow)
    report('MANIFEST_TYPE', ['within'], `a fact cannot look back \`${declaration.within}\``, 'give a window between 1ms and 366d')
  const operator = factOperators.find((one) => declaration[one] !== undefined) as FactOperator
  const meanwhile = declaration.never !== undefined ? 'never' : declaration.always !== undefined ? 'always' : null
  const events = [
    { path: [operator], event: declaration[operator] },
    ...(declaration.and ?? []).map((event, index) => ({ path: ['and', index], event })),
    ...(meanwhile === null ? [] : [{ path: [meanwhile], event: declaration[meanwhile] }]),
  ]
  const patterns = events.map(({ path, event }) => (event === undefined ? null : compilePattern(event, declaration, path, scope)))
  if (patterns.some((pattern) => pattern === null)) return null
  const compiled = patterns as readonly EventPattern[] as readonly [EventPattern, ...EventPattern[]]
  if (declaration.and !== undefined) checkTogether(compiled, report)
  const of = declaration.of === undefined ? null : (parseValuePath(declaration.of) as ValuePath)
  if (of !== null) checkOf(of, operator, compiled[0], scope)
  return {
    name,
    over: declaration.over,
    within,
    operator,
    type: typeOf(operator, of, compiled[0], scope.tools),
    patterns: compiled,
    meanwhile,
    of,
  }
}

function checkTogether(patterns: readonly EventPattern[], report: PatternScope['report']): void {
  for (const [index, pattern] of patterns.entries()) {
    const path = index === 0 ? ['formerly'] : ['and', index - 1]
    if (pattern.by === null)
      report(
        'MANIFEST_TYPE',
        path,
        'what happened together needs a `by`, and this has none',
        'name the value that all of them have in common, such as `by: input.account` beside `and`',
      )
    const present = (one: EventPattern): string => JSON.stringify(one.same.map((pair) => pair.present))
    if (present(pattern) !== present(patterns[0] as EventPattern))
      report(
        'MANIFEST_TYPE',
        path,
        'it is compared with other values of the call at hand than the rest',
        'give all of them the same `same`',
      )
  }
}

function checkOf(of: ValuePath, operator: FactOperator, pattern: EventPattern, { tools, report }: PatternScope): void {
  if (of.of === 'output' && pattern.kind === 'call')
    report('MANIFEST_TYPE', ['of'], 'a call has no output', 'add `outcome: ok` to the pattern, which makes it one of outcomes')
  if (of.of === 'facts' || (operator === 'sum' && of.of !== 'input' && of.of !== 'output' && of.of !== 'params'))
    report('MANIFEST_TYPE', ['of'], `\`${operator}\` cannot be taken of this`, 'name a value of `input`, `output` or `params`')
  if (of.of !== 'input') return
  for (const key of pattern.tools) {
    const shape = shapeAt(tools.get(key), of.names)
    if (shape === null) report('MANIFEST_REFERENCE', ['of'], `\`${key}\` has no argument \`${of.names.join('.')}\``, 'correct the name')
    else if (operator === 'sum' && !isNumber(shape))
      report(
        'MANIFEST_TYPE',
        ['of'],
        `\`${of.names.join('.')}\` of \`${key}\` is not a number`,
        'sum an argument of type integer or number',
      )
  }
}

function isNumber(shape: CedarShape): boolean {
  return shape.kind === 'set' ? isNumber(shape.of) : ['long', 'decimal', 'json'].includes(shape.kind)
}

function typeOf(operator: FactOperator, of: ValuePath | null, pattern: EventPattern, tools: ReadonlyMap<string, Tool>): Fact['type'] {
  if (operator === 'count' || operator === 'distinct') return 'Long'
  if (operator !== 'sum') return 'Bool'
  if (of?.of !== 'input') return 'decimal'
  const whole = (shape: CedarShape | null): boolean => shape?.kind === 'long' || (shape?.kind === 'set' && whole(shape.of))
  return [...pattern.tools].every((key) => whole(shapeAt(tools.get(key), of.names))) ? 'Long' : 'decimal'
}
