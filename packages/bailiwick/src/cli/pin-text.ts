import { isDeepStrictEqual } from 'node:util'
import { isAlias, isCollection, isMap, isScalar, parseDocument, visit } from 'yaml'
import type { Document, Node, Pair, Scalar, YAMLMap } from 'yaml'
import { BailiwickError } from '../model/bailiwick-error.ts'

/** The pin that a tool of the manifest is to have. */
export interface NewPin {
  readonly toolbox: string
  readonly tool: string
  readonly pin: string
}

interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/**
 * The manifest's text with these pins, every other character as it was.
 * @throws BailiwickError `USAGE` where a pin has no place of its own in the text: the tool is written through an alias
 */
export function withPins(text: string, pins: readonly NewPin[]): string {
  const document = parse(text)
  const edits = pins.map((one) => editOf(text, document, one)).sort((a, b) => b.from - a.from)
  let edited = text
  for (const { from, to, text: inserted } of edits) edited = edited.slice(0, from) + inserted + edited.slice(to)
  const wanted = pins.reduce<unknown>(
    (value, { toolbox, tool, pin }) => withValue(value, ['toolboxes', toolbox, 'tools', tool, 'pin'], pin),
    document.toJS(),
  )
  // An anchor that the manifest uses elsewhere can carry an edit to where nobody asked for it.
  if (!isDeepStrictEqual(parse(edited).toJS(), wanted)) throw unpinnable(pins.map(nameOf).join(', '))
  return edited
}

function parse(text: string): Document {
  return parseDocument(text, { version: '1.2', schema: 'core' })
}

/** A copy with one value changed. What an alias stands for is one object in many places, and changes in this one only. */
function withValue(value: unknown, [key, ...rest]: readonly string[], leaf: string): unknown {
  if (key === undefined) return leaf
  const record = value as Record<string, unknown>
  return { ...record, [key]: withValue(record[key], rest, leaf) }
}

function nameOf({ toolbox, tool }: NewPin): string {
  return `\`${toolbox}.${tool}\``
}

function unpinnable(name: string): BailiwickError {
  return new BailiwickError('USAGE', `${name} cannot be pinned in place: the manifest writes it through an alias or an anchor`, {
    mend: 'write the tool out in full, without `&` and `*`, and pin it again',
  })
}

function editOf(text: string, document: Document, one: NewPin): Edit {
  let node: unknown = document.contents
  for (const key of ['toolboxes', one.toolbox, 'tools', one.tool]) node = isMap(node) ? pairOf(node, key)?.value : undefined
  if (!isMap(node) || node.items.length === 0) throw unpinnable(nameOf(one))
  const present = pairOf(node, 'pin')?.value
  if (isScalar(present) && present.anchor !== undefined && isAliased(document, present.anchor)) throw unpinnable(nameOf(one))
  if (isScalar(present) || isAlias(present)) return replaced(text, present, one.pin)
  return node.flow === true ? appended(node, one.pin) : onItsOwnLine(text, node, one.pin)
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
}

function isAliased(document: Document, anchor: string): boolean {
  let found = false
  visit(document, {
    Alias: (_, alias) => {
      found ||= alias.source === anchor
    },
  })
  return found
}

/** In the quotes that were there. */
function replaced(text: string, node: Node, pin: string): Edit {
  const [from, to] = node.range as [number, number, number]
  const { type } = node as Scalar
  if (type === 'QUOTE_DOUBLE') return { from, to, text: `"${pin}"` }
  if (type === 'QUOTE_SINGLE') return { from, to, text: `'${pin}'` }
  // The range of a block scalar ends after its last line break.
  if (type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED')
    return { from, to, text: pin + (/\s*$/.exec(text.slice(from, to)) as RegExpExecArray)[0] }
  return { from, to, text: text[from - 1] === ':' ? ` ${pin}` : pin }
}

/** After the last entry of a `{ … }`, so that a comma or a comment before the brace stays where it is. */
function appended(map: YAMLMap, pin: string): Edit {
  const at = endOf(map.items.at(-1) as Pair)
  return { from: at, to: at, text: `, pin: ${pin}` }
}

/** After the last line of a block, under the first key of it. */
function onItsOwnLine(text: string, map: YAMLMap, pin: string): Edit {
  const [first] = ((map.items[0] as Pair).key as Node).range as [number, number, number]
  const indent = /[ \t]*$/.exec(text.slice(0, first)) as RegExpExecArray
  const end = endOf(map.items.at(-1) as Pair)
  // A block scalar ends with its line break; anything else may have a comment after it on its line.
  const at = text[end - 1] === '\n' ? end : lineEnd(text, end)
  const crlf = /\r\n/.test(text) ? '\r\n' : '\n'
  const ended = text[at - 1] === '\n'
  return { from: at, to: at, text: ended ? `${indent[0]}pin: ${pin}${crlf}` : `${crlf}${indent[0]}pin: ${pin}` }
}

/** Where the line that holds this offset ends, before its line break. */
function lineEnd(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset)
  if (feed === -1) return text.length
  return text[feed - 1] === '\r' ? feed - 1 : feed
}

/** Where an entry ends: at the end of its innermost last value, for a block counts the comments after it as its own. */
function endOf({ key, value }: Pair): number {
  const node = (value ?? key) as Node
  if (isCollection(node) && node.flow !== true) {
    const last: unknown = node.items.at(-1)
    if (last !== undefined) return isMap(node) ? endOf(last as Pair) : endOf({ key: last, value: null } as Pair)
  }
  return (node.range as [number, number, number])[1]
}
