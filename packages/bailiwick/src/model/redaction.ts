/** Kinds of data that can be found in a text wherever they stand; `pii` stands for the four that are about people. */
export const redactionKinds = ['email', 'phone', 'iban', 'card', 'secret', 'pii'] as const

/** What `pii` stands for. */
export const personalKinds = ['email', 'phone', 'iban', 'card'] as const

/** What a policy wants taken out of a call or of its result. */
export interface Redaction {
  readonly of: 'input' | 'output'
  /** Members on the way to the value; `*` is every member or item. Empty for the whole. */
  readonly path: readonly string[]
  /** What is looked for in the texts there, a kind or the name of an own pattern; null takes the value out as it is. */
  readonly kind: string | null
}

const form = /^(input|output)((?:\.[^.:,\s]+)*)(?::([a-z][a-z0-9-]*))?$/

/** Reads one part of a `@redact` annotation: `input.body:pii`, `output.rows.*.email`. Null when it is not of that form. */
export function parseRedaction(text: string): Redaction | null {
  const found = form.exec(text.trim())
  if (found === null) return null
  const [, of, path = '', kind = null] = found
  return { of: of as Redaction['of'], path: path.split('.').slice(1), kind }
}

/** A redaction as policies write it. */
export function redactionText({ of, path, kind }: Redaction): string {
  return `${[of, ...path].join('.')}${kind === null ? '' : `:${kind}`}`
}

/** The redactions of several policies together, each once. */
export function unitedRedactions(lists: Iterable<readonly Redaction[]>): readonly Redaction[] {
  const all = new Map<string, Redaction>()
  for (const list of lists) for (const one of list) all.set(redactionText(one), one)
  return [...all.values()]
}
