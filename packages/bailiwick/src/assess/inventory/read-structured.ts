import { readFileSync, statSync } from 'node:fs'
import { parse as parseJsonc, printParseErrorCode } from 'jsonc-parser'
import type { ParseError } from 'jsonc-parser'
import { parse as parseToml, TomlError } from 'smol-toml'
import { parse as parseYaml, YAMLParseError } from 'yaml'

const longestFile = 32_000_000

/** A file's text, or why it cannot be had; null when there is none. Nothing of its content is in a problem. */
export function readTextFile(file: string): { readonly text: string } | { readonly problem: string } | null {
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found === undefined || !found.isFile()) return null
    if (found.size > longestFile) return { problem: `it has ${found.size} bytes, over ${longestFile}` }
    return { text: readFileSync(file, 'utf8').replace(/^\uFEFF/, '') }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return ['ENOENT', 'ENOTDIR'].includes(code) ? null : { problem: `it cannot be read: ${code}` }
  }
}

/** The value of a JSON (with comments and trailing commas), TOML or YAML file, by the end of its name; null when there is none. */
export function readStructured(file: string): { readonly value: unknown } | { readonly problem: string } | null {
  const read = readTextFile(file)
  if (read === null || 'problem' in read) return read
  if (read.text.trim() === '') return { value: {} }
  return structured(file, read.text)
}

function structured(file: string, text: string): { readonly value: unknown } | { readonly problem: string } {
  // The parsers quote what they stumbled over, which may be a secret.
  try {
    if (/\.(toml|lock)$/.test(file)) return { value: parseToml(text) }
    if (/\.ya?ml$/.test(file)) return { value: parseYaml(text, { maxAliasCount: 100 }) as unknown }
  } catch (error) {
    if (error instanceof TomlError) return { problem: `it is not TOML, at line ${error.line}` }
    if (error instanceof YAMLParseError) return { problem: `it is not YAML, at line ${error.linePos?.[0].line ?? 1}` }
    if (error instanceof ReferenceError || error instanceof RangeError) return { problem: 'it stands for too much' }
    throw error
  }
  const errors: ParseError[] = []
  const value = parseJsonc(text, errors, { allowTrailingComma: true }) as unknown
  const [first] = errors
  if (first === undefined) return { value }
  return { problem: `it is not JSON, at line ${text.slice(0, first.offset).split('\n').length}: ${printParseErrorCode(first.error)}` }
}
