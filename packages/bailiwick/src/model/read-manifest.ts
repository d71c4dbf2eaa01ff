import type { z } from 'zod'
import type { Diagnostic } from './diagnostic.ts'
import type { Manifest } from './manifest.ts'
import { manifestSchema } from './manifest-schema.ts'
import type { YamlSource } from './yaml-source.ts'

export type ReadManifest =
  | { readonly manifest: Manifest; readonly diagnostics: readonly [] }
  | { readonly manifest: null; readonly diagnostics: readonly Diagnostic[] }

/** Checks the form of a manifest: syntax, keys, types. Everything that is wrong is reported, each finding once and in its place. */
export function readManifest(source: YamlSource): ReadManifest {
  const syntax = source.syntaxFindings()
  const unusable = syntax.length > 0 ? syntax : source.unusableKeys()
  if (unusable.length > 0) return { manifest: null, diagnostics: unusable }
  const parsed = manifestSchema.safeParse(source.value(), { reportInput: true })
  if (parsed.success) return { manifest: parsed.data, diagnostics: [] }
  return { manifest: null, diagnostics: formFindings(source, parsed.error) }
}

/** What a schema finds wrong in a YAML file, each finding in its place, with the codes of the manifest. */
export function formFindings(source: YamlSource, error: z.ZodError): Diagnostic[] {
  return error.issues.flatMap((issue) => findingsOf(source, issue))
}

function findingsOf(source: YamlSource, issue: z.core.$ZodIssue): Diagnostic[] {
  const path = issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment))
  const where = path.length === 0 ? 'the file' : `\`${path.join('.')}\``
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        source.finding(
          'MANIFEST_UNKNOWN_KEY',
          [...path, key],
          `unknown key \`${key}\` in ${where}`,
          'remove it, or correct its spelling; the JSON Schema lists every key',
          'key',
        ),
      )
    case 'invalid_key':
      return [
        source.finding(
          'MANIFEST_TYPE',
          path,
          `\`${String(path.at(-1))}\` cannot be used as a name here`,
          issue.issues[0]?.message ?? 'choose another name',
          'key',
        ),
      ]
    case 'invalid_union':
      return unionFindings(source, issue, path, where)
    case 'invalid_type':
      if (issue.input === undefined) return [source.finding('MANIFEST_TYPE', path, `${where} is missing`, `add it: ${issue.expected}`)]
      return [source.finding('MANIFEST_TYPE', path, `${where} has the wrong type`, `write a value of type ${issue.expected}`)]
    case 'invalid_value':
      return [
        source.finding(
          'MANIFEST_TYPE',
          path,
          `${where} is \`${String(issue.input)}\``,
          `use one of ${issue.values.map((value) => `\`${String(value)}\``).join(', ')}`,
        ),
      ]
    default:
      return [source.finding('MANIFEST_TYPE', path, `${where} is not of the right form`, issue.message)]
  }
}

/** Of a union, the branch that fits best says most: the one that took the value's kind and failed deeper inside. */
function unionFindings(
  source: YamlSource,
  issue: z.core.$ZodIssueInvalidUnion,
  path: readonly (string | number)[],
  where: string,
): Diagnostic[] {
  const inner = issue.errors.find(
    (branch) => branch.length > 0 && branch.every((found) => found.path.length > 0 || found.code !== 'invalid_type'),
  )
  if (inner !== undefined) return inner.flatMap((found) => findingsOf(source, { ...found, path: [...path, ...found.path] }))
  return [source.finding('MANIFEST_TYPE', path, `${where} is not of the right form`, issue.message)]
}
