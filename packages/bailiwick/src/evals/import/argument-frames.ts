import { isDeepStrictEqual } from 'node:util'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { FrameConstraints, FrameDeclaration } from '../../model/manifest.ts'
import type { Tool } from '../../model/ruleset.ts'
import { shapeAt } from '../../model/shape-at.ts'
import type { ArgumentFrames } from '../expect/expectations.ts'
import { notCarried } from './assertion.ts'
import type { NotCarried } from './assertion.ts'

/** How arguments must match: `partial` lets others be given besides. */
export interface ArgumentMatch {
  readonly args: JsonObject
  readonly mode: 'partial' | 'exact'
  /** Values that may stand for an argument that is not given. */
  readonly defaults: JsonObject
  /** Whether an argument does not matter. */
  readonly ignored: (name: string) => boolean
}

/** Frames that the arguments of a call lie in when they match, and what frames cannot tell apart. */
export function framesFor(
  { args, mode, defaults, ignored }: ArgumentMatch,
  tool: Tool,
): { readonly frames: ArgumentFrames; readonly notes: readonly string[] } | NotCarried {
  const writer = new FrameWriter(tool, mode)
  const frames: [string, FrameDeclaration][] = []
  const names = Object.keys(args).filter((name) => !ignored(name))
  for (const name of names) {
    const value = args[name] as Json
    if (shapeAt(tool, [name]) === null)
      return notCarried(
        `\`${tool.key}\` has no argument \`${name}\``,
        `correct the name; its arguments are ${[...tool.shape.fields.keys()].join(', ')}`,
      )
    if (Object.hasOwn(defaults, name) && isDeepStrictEqual(defaults[name], value))
      return notCarried(`\`${name}\` is expected to be its own default, which promptfoo takes out before it compares`, 'drop the default')
    const frame = writer.frame(value, [name])
    if (frame === null)
      return notCarried(`frames cannot say what each object in the list \`${name}\` holds`, 'frame the argument yourself, with `fields`')
    frames.push([name, frame])
  }
  if (mode === 'exact') {
    for (const name of new Set([...tool.shape.fields.keys(), ...Object.keys(defaults)]))
      if (!Object.hasOwn(args, name) && !ignored(name) && shapeAt(tool, [name]) !== null) frames.push([name, writer.absent(name, defaults)])
    if (takesMore(tool)) writer.note(`arguments that the schema of \`${tool.key}\` does not name are not noticed`)
  }
  return { frames: Object.fromEntries(frames), notes: writer.notes }
}

class FrameWriter {
  readonly notes: string[] = []
  readonly #tool: Tool
  readonly #exact: boolean

  constructor(tool: Tool, mode: ArgumentMatch['mode']) {
    this.#tool = tool
    this.#exact = mode === 'exact'
  }

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text)
  }

  /** The frame of a value; null when frames cannot say it. */
  frame(value: Json, names: readonly string[]): FrameDeclaration | null {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return literal(value)
    if (Array.isArray(value)) return this.#list(value as readonly Json[], names)
    if (!this.#exact && isJsonObject(value)) return this.#fields(value, names)
    this.#looseInLists(names)
    return { in: [value] }
  }

  /** The frame of an argument that must not be given, or only with its default. */
  absent(name: string, defaults: JsonObject): FrameConstraints {
    const preset = Object.hasOwn(defaults, name) ? defaults[name] : undefined
    if (preset === undefined) {
      if (shapeAt(this.#tool, [name])?.kind === 'set') this.note(`that \`${name}\` is given as an empty list is not noticed`)
      // No value lies between 1 and 0.
      return { range: [1, 0], optional: true }
    }
    const frame = this.frame(preset, [name]) as FrameDeclaration
    return typeof frame === 'object' ? { ...frame, optional: true } : { in: [frame], optional: true }
  }

  #fields(value: JsonObject, names: readonly string[]): FrameDeclaration | null {
    const fields = Object.entries(value).map(([name, inner]) => [name, this.frame(inner, [...names, name])] as const)
    if (fields.some(([, frame]) => frame === null)) return null
    if (fields.length === 0) this.note(`of \`${names.join('.')}\` only that it is given is noticed`)
    else this.#looseInLists(names)
    return { fields: Object.fromEntries(fields) as Record<string, FrameDeclaration> }
  }

  #list(items: readonly Json[], names: readonly string[]): FrameDeclaration | null {
    // A frame judges a list item by item, and an empty list has none that could be outside.
    if (items.length === 0) return { in: [[]] }
    this.note(`\`${names.join('.')}\` is judged item by item: order, number and missing items of the list are not noticed`)
    if (this.#exact || !items.some(holdsObject)) return { in: items.map(literal) }
    const [only] = items
    return items.length === 1 && isJsonObject(only) ? this.#fields(only, names) : null
  }

  #looseInLists(names: readonly string[]): void {
    const kind = shapeAt(this.#tool, names)?.kind ?? 'json'
    if (kind === 'json' || kind === 'set') this.note(`a list of such values would pass for \`${names.join('.')}\`, too`)
  }
}

/** A text that begins with a dollar would refer to a parameter. */
function literal<T extends Json>(value: T): T | string {
  return typeof value === 'string' && value.startsWith('$') ? `$${value}` : value
}

function holdsObject(value: Json): boolean {
  return Array.isArray(value) ? (value as readonly Json[]).some(holdsObject) : isJsonObject(value)
}

function takesMore({ definition }: Tool): boolean {
  const schema = definition?.inputSchema ?? {}
  const open = ['patternProperties', 'unevaluatedProperties', 'anyOf', 'oneOf', 'allOf', '$ref'].some((key) => key in schema)
  return open || (schema['additionalProperties'] ?? false) !== false
}
