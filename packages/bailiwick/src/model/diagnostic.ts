import type { ErrorCode } from './error-codes.ts'

/** A finding in a file that a person wrote. Lines and columns count from 1; columns count UTF-16 units. */
export interface Diagnostic {
  readonly code: ErrorCode
  readonly severity: 'error' | 'warning'
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
  /** How to mend it, as one sentence. */
  readonly mend: string
}

/** `file:line:column`, as editors and terminals recognise it. */
export function placeOf(diagnostic: Diagnostic): string {
  return `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`
}

/** Orders findings by file, line and column. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column
}
