import { realpathSync } from 'node:fs'
import { posix } from 'node:path'
import { canonicalJson, isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { FrameConstraints, FrameDeclaration } from '../../model/manifest.ts'
import { wholeTextPattern } from '../../model/regular-expression.ts'
import { boundsOf, frameLiteral, frameText } from '../generate/honest-value.ts'
import { wholeExpression } from '../generate/text-matching.ts'

/** Whether a value lies in a frame as the manual says it; `unknown` where it does not say it beyond doubt. */
export type FrameAnswer = 'inside' | 'outside' | 'unknown'

export interface FrameOracleScope {
  readonly params: JsonObject
  readonly base: string
  /** Whether links can be followed on this machine. */
  readonly local: boolean
}

/**
 * Reads a frame anew from its declaration, in another way than the engine does, so that a fault in one shows against the other.
 * Strict where a text is open to more than one reading: a place or a path that is not written plainly is outside.
 */
export function inFrame(value: Json, frame: FrameDeclaration, scope: FrameOracleScope): FrameAnswer {
  if (typeof frame !== 'object') return same(value, frameLiteral(frame, scope.params))
  if (Array.isArray(value)) return all((value as readonly Json[]).map((item) => inConstraints(item, frame, scope)))
  return inConstraints(value, frame, scope)
}

function inConstraints(value: Json, frame: FrameConstraints, scope: FrameOracleScope): FrameAnswer {
  const { params } = scope
  const answers: FrameAnswer[] = []
  if (frame.in !== undefined) answers.push(yes(frame.in.some((one) => same(value, frameLiteral(one, params)) === 'inside')))
  if (frame.range !== undefined) answers.push(inRange(value, boundsOf(frame.range, params)))
  if (frame.pattern !== undefined) answers.push(matches(value, frame.pattern))
  if (frame.prefix !== undefined) {
    const prefix = frameText(frame.prefix, params)
    answers.push(yes(typeof value === 'string' && prefix !== '' && value.slice(0, prefix.length) === prefix))
  }
  if (frame.domain !== undefined) answers.push(leadsTo(value, [frame.domain].flat(), params))
  if (frame.path !== undefined) answers.push(liesUnder(value, posix.resolve(scope.base, frame.path), scope.local))
  for (const [name, inner] of Object.entries(frame.fields ?? {})) {
    if (!isJsonObject(value)) return 'outside'
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    if (given === undefined) answers.push(yes(typeof inner === 'object' && inner.optional === true))
    else answers.push(inFrame(given, inner, scope))
  }
  return all(answers)
}

function yes(inside: boolean): FrameAnswer {
  return inside ? 'inside' : 'outside'
}

function all(answers: readonly FrameAnswer[]): FrameAnswer {
  return answers.includes('outside') ? 'outside' : answers.includes('unknown') ? 'unknown' : 'inside'
}

function same(value: Json, wanted: Json | undefined): FrameAnswer {
  return yes(wanted !== undefined && canonicalJson(value) === canonicalJson(wanted))
}

function inRange(value: Json, [min, max]: readonly [number | undefined, number | undefined]): FrameAnswer {
  if (typeof value !== 'number') return 'outside'
  if (Number.isNaN(min) || Number.isNaN(max)) return 'outside'
  return yes(!(min !== undefined && value < min) && !(max !== undefined && value > max))
}

/** What JavaScript reads otherwise than RE2 without an error. */
const readOtherwise = /\\[pPQECzAa]|\\x\{|\[:/
/** Classes and flags in which the two differ beyond ASCII. */
const asciiOnly = /\(\?[a-zA-Z-]|\\[bBwWdDsS]|\./

/**
 * JavaScript's opinion; RE2's own where JavaScript cannot read the pattern, or not as RE2 does. Where the two may differ over a text, it takes
 * both to be sure.
 */
function matches(value: Json, pattern: string): FrameAnswer {
  if (typeof value !== 'string') return 'outside'
  const expression = readOtherwise.test(pattern) ? null : wholeExpression(pattern)
  const twoReadings = asciiOnly.test(pattern) && /[^\x20-\x7e]/.test(value)
  if (expression !== null && !twoReadings) return yes(expression.test(value))
  const second = wholeTextPattern(pattern).test(value)
  return expression === null || expression.test(value) === second ? yes(second) : 'unknown'
}

const plainMail = /^[A-Za-z0-9._+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)\.?$/
const plainLink = /^(?:https?|wss?|ftps?|sftp):\/\/([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)\.?(?::\d{1,5})?(?:[/?#][\x21-\x5b\x5d-\x7e]*)?$/i

function leadsTo(value: Json, domains: readonly string[], params: JsonObject): FrameAnswer {
  if (typeof value !== 'string') return 'outside'
  const wanted = domains.map((domain) => frameText(domain, params).toLowerCase())
  const host = (plainMail.exec(value)?.[1] ?? plainLink.exec(value)?.[1])?.toLowerCase()
  const beyond = /^([a-z]+:\/\/[^/?#]*)[/?#][^\s\\]*$/i.exec(value)?.[1]
  // A plain host with a path in another script: whether that misleads is not for this oracle to say, but where it leads is.
  if (host === undefined && beyond !== undefined && plainLink.test(beyond))
    return leadsTo(beyond, domains, params) === 'inside' ? 'unknown' : 'outside'
  // Hosts in other scripts, and addresses that are rare but proper, are not for this oracle to judge when they end as they should.
  if (host === undefined) return doubtful(value, wanted) ? 'unknown' : 'outside'
  return yes(wanted.some((domain) => (domain.startsWith('*.') ? host.endsWith(domain.slice(1)) : host === domain)))
}

/** A text that is one address or link, its unusual signs all before the `@` or after the host; or a domain of the frame in another script. */
function doubtful(value: string, wanted: readonly string[]): boolean {
  if (wanted.some((domain) => /[^\x20-\x7e]/.test(domain))) return true
  const mail = /^[A-Za-z0-9.$&'*+=^_`{|}~-]+@([^@\s/\\?#%:,;<>]+)$/.exec(value)
  return mail !== null && wanted.some((domain) => (mail[1] as string).toLowerCase().endsWith(domain.replace(/^\*/, '')))
}

/** Lexically and with links followed; a path with anything in it that readers treat differently lies nowhere. */
function liesUnder(value: Json, root: string, local: boolean): FrameAnswer {
  if (typeof value !== 'string' || !value.startsWith('/')) return 'outside'
  if (/[^\x20-\x7e]|\\|%[0-9a-f]{2}/i.test(value))
    return /^[\p{L}\p{N}\p{M} ./_-]+$/u.test(value) && value === value.normalize('NFC') ? 'unknown' : 'outside'
  const walked: string[] = []
  for (const part of value.split('/')) {
    if (part === '..') walked.pop()
    else if (part !== '' && part !== '.') walked.push(part)
  }
  if (!startsWithPath(walked, partsOf(root))) return 'outside'
  if (!local) return 'inside'
  return yes(startsWithPath(partsOf(followed(`/${walked.join('/')}`)), partsOf(followed(root))))
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

function startsWithPath(path: readonly string[], root: readonly string[]): boolean {
  return root.every((part, index) => path[index] === part)
}

/** Where a path leads, its nearest ancestor that exists resolved by the operating system. */
function followed(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    const parent = posix.dirname(path)
    return parent === path ? path : posix.join(followed(parent), posix.basename(path))
  }
}
