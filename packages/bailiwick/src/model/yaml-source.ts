import { isMap, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Document, Node, Pair, YAMLMap } from 'yaml'
import type { Diagnostic } from './diagnostic.ts'
import type { ErrorCode } from './error-codes.ts'

export type YamlPath = readonly (string | number)[]

/** A YAML file that remembers where everything stands. */
export class YamlSource {
  readonly file: string
  readonly #document: Document
  /** Where each line begins, in UTF-16 units. */
  readonly #lineStarts: readonly number[]
  readonly #pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>()

  constructor(file: string, text: string) {
    this.file = file
    this.#lineStarts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)]
    this.#document = parseDocument(text, { uniqueKeys: false, version: '1.2', schema: 'core' })
  }

  /** What YAML itself finds wrong (syntax, duplicate keys); empty for a well-formed file. */
  syntaxFindings(): Diagnostic[] {
    const found = [...this.#document.errors, ...this.#document.warnings].map((error) => {
      const { line, column } = this.#place(error.pos[0])
      return this.#diagnostic('MANIFEST_SYNTAX', line, column, error.message.split(' at line ')[0] as string, 'mend the YAML at this place')
    })
    if (found.length > 0) return found
    const twice = this.#duplicateKeys()
    if (twice.length > 0) return twice
    try {
      this.value()
      return []
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error
      return [this.#diagnostic('MANIFEST_SYNTAX', 1, 1, 'its aliases stand for too much', 'write out what the aliases stand for')]
    }
  }

  /** The parser's own check compares each key of a map with each, which takes minutes for a long one. */
  #duplicateKeys(): Diagnostic[] {
    const found: Diagnostic[] = []
    visit(this.#document, {
      Map: (_, { items }) => {
        const seen = new Set<unknown>()
        for (const { key } of items) {
          // As they are read: the number 1 and the text '1' are one key then.
          const name = isScalar(key) ? String(key.value) : key
          if (seen.has(name)) {
            const { line, column } = this.#place(startOf(key) ?? 0)
            found.push(this.#diagnostic('MANIFEST_SYNTAX', line, column, 'Map keys must be unique', 'mend the YAML at this place'))
          }
          seen.add(name)
        }
      },
    })
    return found
  }

  /** Keys `__proto__`: what checks a value against a schema passes over them in silence. Call only when {@link syntaxFindings} is empty. */
  unusableKeys(): Diagnostic[] {
    const found: Diagnostic[] = []
    visit(this.#document, {
      Pair: (_, { key }) => {
        if (!isScalar(key) || key.value !== '__proto__') return
        const { line, column } = this.#place(startOf(key) ?? 0)
        found.push(this.#diagnostic('MANIFEST_SYNTAX', line, column, 'nothing can have the name `__proto__`', 'choose another name'))
      },
    })
    return found
  }

  /** The plain value of the document. Call only when {@link syntaxFindings} is empty. */
  value(): unknown {
    return this.#document.toJS({ maxAliasCount: 100 }) as unknown
  }

  /** A finding at the value under `path`, or at its key when `at` is `key`. Falls back to the nearest ancestor that exists. */
  finding(
    code: ErrorCode,
    path: YamlPath,
    message: string,
    mend: string,
    at: 'key' | 'value' = 'value',
    severity: Diagnostic['severity'] = 'error',
  ): Diagnostic {
    const { line, column } = this.#place(this.#offset(path, at))
    return this.#diagnostic(code, line, column, message, mend, severity)
  }

  /** Where the value under `path`, or its key, stands; the nearest ancestor that exists where it does not. */
  lineAndColumn(path: YamlPath, at: 'key' | 'value' = 'value'): { line: number; column: number } {
    return this.#place(this.#offset(path, at))
  }

  #diagnostic(
    code: ErrorCode,
    line: number,
    column: number,
    message: string,
    mend: string,
    severity: Diagnostic['severity'] = 'error',
  ): Diagnostic {
    return { code, severity, file: this.file, line, column, message, mend }
  }

  /** Counted here, since the parser's own count goes astray after some syntax errors. */
  #place(offset: number): { line: number; column: number } {
    const starts = this.#lineStarts
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] as number) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 }
  }

  /** Maps can be long, and findings in them many. */
  #pairIn(map: YAMLMap, name: string): Pair | undefined {
    const known = this.#pairs.get(map)
    if (known !== undefined) return known.get(name)
    const pairs = new Map(map.items.flatMap((item) => (isScalar(item.key) ? [[String(item.key.value), item] as const] : [])))
    this.#pairs.set(map, pairs)
    return pairs.get(name)
  }

  #offset(path: YamlPath, at: 'key' | 'value'): number {
    let node: unknown = this.#document.contents
    let offset = startOf(node) ?? 0
    for (const [depth, segment] of path.entries()) {
      if (isMap(node)) {
        const pair = this.#pairIn(node, String(segment))
        if (pair === undefined) return offset
        const last = depth === path.length - 1
        offset = (last && at === 'key' ? startOf(pair.key) : (startOf(pair.value) ?? startOf(pair.key))) ?? offset
        node = pair.value
      } else if (isSeq(node)) {
        node = node.items[Number(segment)]
        offset = startOf(node) ?? offset
      } else return offset
    }
    return offset
  }
}

function startOf(node: unknown): number | null {
  return (node as Node | null | undefined)?.range?.[0] ?? null
}
