import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { validate } from '@cedar-policy/cedar-wasm/nodejs'
import { CedarError, compile, Entities } from '@bailiwick/cedar'
import type { Entity, EntityUid, PolicySet, Request } from '@bailiwick/cedar'

/** A case of the corpus of cedar-integration-tests. File names in it count from the corpus's root. */
interface CorpusCase {
  readonly policies: string
  readonly entities: string
  readonly schema: string
  readonly shouldValidate: boolean
  readonly requests: readonly CorpusRequest[]
}

interface CorpusRequest {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: Request['context']
  readonly validateRequest: boolean
  readonly decision: 'allow' | 'deny'
  readonly reason: readonly string[]
  readonly errors: readonly string[]
}

interface Mismatch {
  readonly file: string
  readonly problem: string
}

/** Runs every case found below a folder, or in a `.tar.gz` of one, and prints how many requests were answered otherwise than expected. Returns the process's exit code. */
export function runCedarCorpus(data: string, json: boolean): number {
  const unpacked = statSync(data).isDirectory() ? null : mkdtempSync(join(tmpdir(), 'cedar-corpus-'))
  if (unpacked !== null && spawnSync('tar', ['xzf', data, '-C', unpacked], { stdio: 'inherit' }).status !== 0) return 2
  try {
    const root = unpacked ?? data
    const mismatches: Mismatch[] = []
    let cases = 0
    let requests = 0
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
      if (!name.endsWith('.json') || name.endsWith('entities.json')) continue
      const file = join(root, name)
      const content = parseExactly(readFileSync(file, 'utf8'))
      if (!isCase(content)) continue
      cases += 1
      requests += content.requests.length
      mismatches.push(...mismatchesOf(content, file, root))
    }
    if (json) console.log(JSON.stringify({ cases, requests, mismatches: mismatches.length }))
    else {
      for (const { file, problem } of mismatches) console.log(`${file}: ${problem}`)
      console.log(`${cases} cases, ${requests} requests, ${mismatches.length} mismatches`)
    }
    return mismatches.length === 0 ? 0 : 1
  } finally {
    if (unpacked !== null) rmSync(unpacked, { recursive: true, force: true })
  }
}

function mismatchesOf(one: CorpusCase, file: string, root: string): Mismatch[] {
  const read = (name: string): string => readFileSync(locate(name, file, root), 'utf8')
  const [policies, schema] = [read(one.policies), read(one.schema)]
  const found: Mismatch[] = []
  const validation = validate({ validationSettings: { mode: 'strict' }, schema, policies: { staticPolicies: policies } })
  // The validator of today only warns of a head that no action of the schema fits; when the corpus was made it was an error.
  const validates =
    validation.type === 'success' &&
    validation.validationErrors.length === 0 &&
    !validation.validationWarnings.some((warning) => warning.error.message.includes('unable to find an applicable action'))
  if (validates !== one.shouldValidate) found.push({ file, problem: `validates: ${validates}, expected ${one.shouldValidate}` })
  const listed = parseExactly(read(one.entities)) as Entity[]
  let prepared: { readonly checked: PolicySet; readonly unchecked: PolicySet; readonly entities: Entities }
  try {
    prepared = {
      checked: compile(policies, { schema, validatePolicies: false }),
      unchecked: compile(policies, { schema, validatePolicies: false, validateRequests: false }),
      entities: new Entities(listed, { schema }),
    }
  } catch (error) {
    if (!(error instanceof CedarError)) throw error
    return [...found, ...one.requests.map((_, index) => ({ file, problem: `request ${index}: ${error.message}` }))]
  }
  for (const [index, request] of one.requests.entries()) {
    const problem = problemOf(request, request.validateRequest ? prepared.checked : prepared.unchecked, prepared.entities)
    if (problem !== null) found.push({ file, problem: `request ${index}: ${problem}` })
  }
  return found
}

function problemOf(request: CorpusRequest, set: PolicySet, entities: Entities): string | null {
  const { principal, action, resource, context } = request
  try {
    const answer = set.authorize({ principal, action, resource, context }, entities)
    const got = describe(
      answer.decision,
      answer.reasons,
      answer.errors.map((fault) => fault.policy),
    )
    const expected = describe(request.decision, request.reason, request.errors)
    return got === expected ? null : `${got}, expected ${expected}`
  } catch (error) {
    if (error instanceof CedarError) return error.message
    throw error
  }
}

function describe(decision: string, reasons: readonly string[], errors: readonly string[]): string {
  return `${decision} by [${reasons.toSorted().join(', ')}] with errors in [${errors.toSorted().join(', ')}]`
}

/** A file named by a case: below the root, beside the case, or below the nearest folder above it that has it. */
function locate(name: string, file: string, root: string): string {
  const beside = [join(root, name), join(dirname(file), basename(name))]
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) beside.push(join(folder, name))
  const found = beside.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`\`${file}\` names \`${name}\`, which is nowhere to be found`)
  return found
}

/** JSON with integers beyond 2^53 as bigints, so that none is rounded. */
function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source)
      ? BigInt(context.source)
      : value,
  )
}

function isCase(content: unknown): content is CorpusCase {
  return typeof content === 'object' && content !== null && 'requests' in content && 'policies' in content && 'entities' in content
}
