import type { Diagnostic } from '../../model/diagnostic.ts'
import { YamlSource } from '../../model/yaml-source.ts'

const longest = 4_000_000
/** More brackets within each other than any case needs, and fewer than a parser's stack takes. */
const deepest = 200

/** Reads a YAML file of tests. What cannot be read safely, or not alike by all, is a finding. Never throws for what a file could hold. */
export function readYaml(
  file: string,
  text: string,
): { readonly yaml: YamlSource; readonly value: unknown } | { readonly diagnostics: readonly Diagnostic[] } {
  const refused = tooMuch(text)
  if (refused !== null) {
    const mend = 'split the file, or write it plainly'
    return { diagnostics: [{ code: 'SUITE_INVALID', severity: 'error', file, line: 1, column: 1, message: refused, mend }] }
  }
  const yaml = new YamlSource(file, text)
  const syntax = yaml.syntaxFindings()
  return syntax.length > 0 ? { diagnostics: syntax.map(asSuite) } : { yaml, value: yaml.value() }
}

function tooMuch(text: string): string | null {
  if (text.length > longest) return `the file has ${text.length} characters, over ${longest}`
  let [depth, most] = [0, 0]
  for (const character of text) {
    if (character === '[' || character === '{') most = Math.max(most, (depth += 1))
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1)
  }
  if (most > deepest) return `the file has ${most} brackets within each other, over ${deepest}`
  const indented = /^ {600,}\S/m.test(text) || /^(?:[-?] ){200,}/m.test(text)
  return indented ? 'the file is indented too deep' : null
}

/** A finding of a reader of manifests as one about a file of tests. */
export function asSuite(finding: Diagnostic): Diagnostic {
  return { ...finding, code: 'SUITE_INVALID' }
}
