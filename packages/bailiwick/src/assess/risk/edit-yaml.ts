import { isDeepStrictEqual } from 'node:util'
import { isCollection, isMap, isScalar, parseDocument, stringify } from 'yaml'
import type { Document, Node, Pair, YAMLMap } from 'yaml'
import type { Json } from '../../model/json.ts'

/**
 * A YAML text with one value set, every other character as it was. Maps on the way that are missing are made.
 * @throws RangeError when there is no place for it: an alias or a list stands in the way, or the edit would change something else too
 */
export function withYamlValue(text: string, path: readonly string[], value: Json): string {
  const document = parse(text)
  let node: unknown = document.contents
  let edited: string | null = null
  for (const [depth, key] of path.entries()) {
    if (!isMap(node)) break
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    if (pair === undefined) {
      edited = withPair(text, node, key, nested(path.slice(depth + 1), value))
      break
    }
    if (depth === path.length - 1) edited = replaced(text, pair, value)
    node = pair.value
  }
  const wanted = set(document.toJS(), path, value)
  if (edited === null || !isDeepStrictEqual(parse(edited).toJS(), wanted))
    throw new RangeError(`\`${path.join('.')}\` cannot be set in place: the manifest writes it through an alias or an anchor`)
  return edited
}

function parse(text: string): Document {
  return parseDocument(text, { version: '1.2', schema: 'core' })
}

function nested(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value)
}

function set(root: unknown, [key, ...rest]: readonly string[], value: Json): unknown {
  if (key === undefined) return value
  const record = (typeof root === 'object' && root !== null ? root : {}) as Record<string, unknown>
  return { ...record, [key]: set(record[key], rest, value) }
}

/** A value in flow style, as it would stand on one line. */
function flow(value: Json): string {
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0, version: '1.2', schema: 'core', singleQuote: true })
  // As formatters have it. A text with such a bracket in it would not be the same any more, and is refused with the rest.
  return text.trimEnd().replaceAll('[ ', '[').replaceAll(' ]', ']')
}

function replaced(text: string, { value: node }: Pair, value: Json): string | null {
  if (!isCollection(node) && !isScalar(node)) return null
  const [from, to] = node.range as [number, number, number]
  if (isCollection(node) && node.flow !== true) {
    const indent = indentOf(text, from)
    const end = trimmedEnd(text, from, to)
    return text.slice(0, from) + block(value, indent) + text.slice(end)
  }
  return text.slice(0, from) + flow(value) + text.slice(to)
}

function withPair(text: string, map: YAMLMap, key: string, value: Json): string | null {
  const [from] = map.range as [number, number, number]
  const entry = `${flow(key)}: ${flow(value)}`
  if (map.flow === true) {
    const last = map.items.at(-1)
    const at = last === undefined ? from + 1 : endOf(last)
    return text.slice(0, at) + (last === undefined ? ` ${entry} ` : `, ${entry}`) + text.slice(at)
  }
  if (map.items.length === 0) return null
  const end = endOf(map.items.at(-1) as Pair)
  // A block scalar ends with its line break; anything else may have a comment after it on its line.
  const feed = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end)
  const at = feed === -1 ? text.length : feed
  return `${text.slice(0, at)}\n${indentOf(text, from)}${entry}${text.slice(at)}`
}

/** The white space before the key that begins at an offset. */
function indentOf(text: string, offset: number): string {
  return (/[ \t]*$/.exec(text.slice(0, offset)) as RegExpExecArray)[0]
}

/** A list or a map as a block begins it where the old one began: its items under each other. */
function block(value: Json, indent: string): string {
  return stringify(value, { lineWidth: 0, version: '1.2', schema: 'core', singleQuote: true }).trimEnd().replaceAll('\n', `\n${indent}`)
}

function trimmedEnd(text: string, from: number, to: number): number {
  return from + text.slice(from, to).trimEnd().length
}

/** Where an entry ends: at the end of its innermost last value, since a block counts the comments after it as its own. */
function endOf({ key, value }: Pair): number {
  const node = (value ?? key) as Node
  if (isCollection(node) && node.flow !== true) {
    const last: unknown = node.items.at(-1)
    if (last !== undefined) return isMap(node) ? endOf(last as Pair) : endOf({ key: last, value: null } as Pair)
  }
  return (node.range as [number, number, number])[1]
}
