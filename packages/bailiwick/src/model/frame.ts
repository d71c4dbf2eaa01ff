import { isDeepStrictEqual } from 'node:util'
import { posix } from 'node:path'
import { hostOf, hostWithin } from './host-frame.ts'
import { isJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import type { FrameConstraints, FrameDeclaration } from './manifest.ts'
import { pathProblem } from './path-frame.ts'
import type { RealPaths } from './path-frame.ts'
import { wholeTextPattern } from './regular-expression.ts'

/** What a frame is judged with besides the value. */
export interface FrameScope {
  readonly params: JsonObject
  readonly realPaths: RealPaths
}

/** Why a value is outside the frame, naming the argument; null when it is inside. */
type FrameCheck = (value: Json, argument: string, scope: FrameScope) => string | null

export interface Frame {
  readonly check: FrameCheck
  readonly optional: boolean
  /** Roots of the path constraints in this frame, absolute and normalised, for the enforcement point to resolve. */
  readonly roots: readonly string[]
}

/**
 * Compiles a frame. A list value must fit item by item.
 * @param base folder against which relative path roots are resolved
 * @throws Error when a pattern is not RE2
 */
export function compileFrame(declaration: FrameDeclaration, base: string): Frame {
  if (typeof declaration !== 'object') return { check: equals(declaration), optional: false, roots: [] }
  const parts = constraintsOf(declaration, base)
  const fields = Object.entries(declaration.fields ?? {}).map(([name, inner]) => [name, compileFrame(inner, base)] as const)
  const checks = fields.length === 0 ? parts : [...parts, fieldsCheck(new Map(fields))]
  const one: FrameCheck = (value, argument, scope) => {
    for (const check of checks) {
      const problem = check(value, argument, scope)
      if (problem !== null) return problem
    }
    return null
  }
  return {
    check: (value, argument, scope) => (Array.isArray(value) ? eachItem(value, one, argument, scope) : one(value, argument, scope)),
    optional: declaration.optional === true,
    roots: [...(declaration.path === undefined ? [] : [rootOf(declaration.path, base)]), ...fields.flatMap(([, frame]) => frame.roots)],
  }
}

/** The parameters that a frame refers to. */
export function parametersIn(declaration: FrameDeclaration): string[] {
  if (typeof declaration !== 'object') return typeof declaration === 'string' && isReference(declaration) ? [declaration.slice(1)] : []
  const { in: allowed = [], range = [], prefix, domain, fields = {} } = declaration
  const texts = [...allowed, ...Object.values(range), prefix, ...[domain].flat()].filter((value) => typeof value === 'string')
  return [...texts.filter(isReference).map((reference) => reference.slice(1)), ...Object.values(fields).flatMap(parametersIn)]
}

function constraintsOf(declaration: FrameConstraints, base: string): FrameCheck[] {
  const checks: FrameCheck[] = []
  const { in: allowed, pattern, range, prefix, domain, path } = declaration
  if (allowed !== undefined)
    checks.push((value, argument, { params }) =>
      allowed.some((item) => isDeepStrictEqual(value, literal(item, params)))
        ? null
        : `\`${argument}\` must be one of ${allowed.map((item) => JSON.stringify(literal(item, params))).join(', ')}`,
    )
  if (pattern !== undefined) {
    const test = wholeTextPattern(pattern)
    checks.push(text((value, argument) => (test.test(value) ? null : `\`${argument}\` must match \`${pattern}\` as a whole`)))
  }
  if (range !== undefined) checks.push(rangeCheck(range))
  if (prefix !== undefined)
    checks.push(
      text((value, argument, { params }) => {
        const [wanted] = literalTexts([prefix], params)
        return wanted !== undefined && value.startsWith(wanted) ? null : `\`${argument}\` must begin with \`${wanted ?? prefix}\``
      }),
    )
  if (domain !== undefined) checks.push(domainCheck(typeof domain === 'string' ? [domain] : domain))
  if (path !== undefined) {
    const root = rootOf(path, base)
    checks.push(
      text((value, argument, { realPaths }) => {
        const problem = pathProblem(value, root, realPaths)
        return problem === null ? null : `\`${argument}\` must be a path under \`${root}\`: ${problem}`
      }),
    )
  }
  return checks
}

function equals(declaration: Json): FrameCheck {
  return (value, argument, { params }) => {
    const wanted = literal(declaration, params)
    return isDeepStrictEqual(value, wanted) ? null : `\`${argument}\` must be ${JSON.stringify(wanted)}`
  }
}

function rangeCheck(range: NonNullable<FrameConstraints['range']>): FrameCheck {
  const [low, high] = Array.isArray(range)
    ? (range as readonly (number | string)[])
    : [(range as { min?: number | string }).min, (range as { max?: number | string }).max]
  return (value, argument, { params }) => {
    if (typeof value !== 'number') return `\`${argument}\` must be a number`
    const [min, max] = [low, high].map((bound) => (bound === undefined ? undefined : Number(literal(bound, params))))
    if (min !== undefined && !(value >= min)) return `\`${argument}\` must be at least ${min}`
    if (max !== undefined && !(value <= max)) return `\`${argument}\` must be at most ${max}`
    return null
  }
}

function domainCheck(domains: readonly string[]): FrameCheck {
  return text((value, argument, { params }) => {
    const wanted = literalTexts(domains, params)
    const found = hostOf(value)
    if ('problem' in found) return `\`${argument}\` must lead to ${wanted.join(' or ')}: ${found.problem}`
    return wanted.some((domain) => hostWithin(found.host, domain))
      ? null
      : `\`${argument}\` must lead to ${wanted.join(' or ')}, not to ${found.host}`
  })
}

function fieldsCheck(fields: ReadonlyMap<string, Frame>): FrameCheck {
  return (value, argument, scope) => {
    if (!isJsonObject(value)) return `\`${argument}\` must be an object`
    return framesProblem(fields, value, scope, `${argument}.`)
  }
}

/** Judges every framed argument. A framed argument must be there unless its frame is `optional`: leaving it out would leave the choice to the tool. */
export function framesProblem(frames: ReadonlyMap<string, Frame>, value: JsonObject, scope: FrameScope, prefix = ''): string | null {
  for (const [name, frame] of frames) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    if (given === undefined) {
      if (!frame.optional) return `\`${prefix}${name}\` must be given`
      continue
    }
    const problem = frame.check(given, `${prefix}${name}`, scope)
    if (problem !== null) return problem
  }
  return null
}

function eachItem(value: readonly Json[], check: FrameCheck, argument: string, scope: FrameScope): string | null {
  for (const [index, item] of value.entries()) {
    const problem = check(item, `${argument}[${index}]`, scope)
    if (problem !== null) return problem
  }
  return null
}

function text(check: (value: string, argument: string, scope: FrameScope) => string | null): FrameCheck {
  return (value, argument, scope) => (typeof value === 'string' ? check(value, argument, scope) : `\`${argument}\` must be a text`)
}

function isReference(value: string): boolean {
  return value.startsWith('$') && !value.startsWith('$$')
}

/** What a text in a frame stands for; undefined, which no value equals, for a parameter that the session does not have. */
export function literal(value: Json, params: JsonObject): Json | undefined {
  if (typeof value !== 'string' || !value.startsWith('$')) return value
  const name = value.slice(1)
  if (!isReference(value)) return name
  return Object.hasOwn(params, name) ? params[name] : undefined
}

/** What texts in a frame stand for as texts; those without a value that is one are left out. */
export function literalTexts(values: readonly string[], params: JsonObject): string[] {
  return values
    .map((value) => literal(value, params))
    .flatMap((value) => (typeof value === 'object' || value === undefined ? [] : [String(value)]))
}

/** The root of a path constraint, absolute and normalised. */
export function rootOf(path: string, base: string): string {
  const root = posix.resolve(base, path)
  return root.length > 1 ? root.replace(/\/$/, '') : root
}
