import type { Diagnostic } from './diagnostic.ts'
import type { Manifest } from './manifest.ts'
import { redactionKinds } from './redaction.ts'
import { searchPattern } from './regular-expression.ts'
import type { TextSearch } from './regular-expression.ts'
import type { YamlSource } from './yaml-source.ts'

/** Compiles the manifest's own patterns of what can be redacted. */
export function compilePatterns(
  yaml: YamlSource,
  { patterns: declared = {} }: Manifest,
): { readonly patterns: ReadonlyMap<string, TextSearch>; readonly diagnostics: readonly Diagnostic[] } {
  const patterns = new Map<string, TextSearch>()
  const diagnostics: Diagnostic[] = []
  for (const [name, pattern] of Object.entries(declared)) {
    if ((redactionKinds as readonly string[]).includes(name)) {
      diagnostics.push(
        yaml.finding(
          'MANIFEST_TYPE',
          ['patterns', name],
          `\`${name}\` is a kind that Bailiwick has already`,
          'choose another name for the pattern',
          'key',
        ),
      )
      continue
    }
    try {
      patterns.set(name, searchPattern(pattern))
    } catch (error) {
      diagnostics.push(
        yaml.finding(
          'MANIFEST_TYPE',
          ['patterns', name],
          `the pattern \`${pattern}\` cannot be used: ${(error as Error).message}`,
          'write it in RE2 syntax, which has no look-around and no back references, so that it matches at least one character',
        ),
      )
    }
  }
  return { patterns, diagnostics }
}
