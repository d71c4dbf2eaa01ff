const longest = 100_000
/** How often promptfoo fills in variables of variables. */
const deepest = 5

/** A value with its templates filled in, or why they cannot be. */
export type Filled<T> = { readonly value: T } | { readonly problem: string }

type Variables = Readonly<Record<string, unknown>>

/**
 * Fills in `{{name}}` and `{{name.part}}` in all texts of a value. Statements, filters and functions of templates are a problem, and so is
 * a name that stands for nothing or for no text.
 */
export function fillTemplates(value: unknown, variables: Variables): Filled<unknown> {
  if (typeof value === 'string') return fillText(value, variables)
  if (typeof value !== 'object' || value === null) return { value }
  const filled = Object.entries(value).map(([name, one]) => [name, fillTemplates(one, variables)] as const)
  for (const [, one] of filled) if ('problem' in one) return one
  const entries = filled.map(([name, one]) => [name, (one as { value: unknown }).value] as const)
  return { value: Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries) }
}

function fillText(text: string, variables: Variables): Filled<string> {
  const statement = /\{[%#][^]{0,40}/.exec(text)
  if (statement !== null) return { problem: `\`${statement[0]}\` is a statement or a comment of a template` }
  let problem: string | null = null
  const found = replaced(text, /\{\{-?([^{}]*?)-?\}\}/g, (expression) => {
    const filled = lookUp(expression.trim(), variables)
    if ('value' in filled) return filled.value
    problem ??= filled.problem
    return ''
  })
  if (problem !== null) return { problem }
  return found === null ? { problem: `what it is filled in with is over ${longest} characters` } : { value: found }
}

function lookUp(expression: string, variables: Variables): Filled<string> {
  if (!/^[A-Za-z_]\w*(?:\.\w+)*$/.test(expression))
    return { problem: `\`{{${expression.slice(0, 40)}}}\` is more than the name of a variable` }
  let value: unknown = variables
  for (const name of expression.split('.'))
    value = typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Variables)[name] : undefined
  if (value === undefined) return { problem: `nothing stands for \`{{${expression}}}\`` }
  if (typeof value === 'object' && value !== null) return { problem: `\`{{${expression}}}\` stands for no text` }
  if (typeof value !== 'string') return { value: textOf(value) }
  if (/^(?:file:\/\/|package:)/.test(value)) return { problem: `\`{{${expression}}}\` stands in another file` }
  const nested = nestedText(value.replace(/\n$/, ''), variables, 0, new Map())
  return nested === null ? { problem: `what \`{{${expression}}}\` is filled in with is over ${longest} characters` } : { value: nested }
}

/** A variable's text with the variables in it; what stands for nothing stays as it is. Null when it grows too long. */
function nestedText(text: string, variables: Variables, depth: number, known: Map<string, string | null>): string | null {
  if (depth === deepest) return text
  let grown = false
  const found = replaced(text, /\{\{\s*(\w+)\s*\}\}/g, (name, whole) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined || (typeof value === 'object' && value !== null)) return whole
    const key = `${depth} ${name}`
    if (!known.has(key)) known.set(key, nestedText(textOf(value), variables, depth + 1, known))
    const inner = known.get(key) ?? null
    grown ||= inner === null
    return inner ?? ''
  })
  return grown ? null : found
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null ? '' : JSON.stringify(value)
}

/** A text with what a pattern finds replaced; null as soon as it is over the longest that a request can be. */
function replaced(text: string, pattern: RegExp, by: (group: string, whole: string) => string): string | null {
  const parts: string[] = []
  let [at, length] = [0, 0]
  const add = (part: string): void => {
    parts.push(part)
    length += part.length
  }
  for (const match of text.matchAll(pattern)) {
    add(text.slice(at, match.index))
    add(by(match[1] as string, match[0]))
    at = match.index + match[0].length
    if (length > longest) return null
  }
  add(text.slice(at))
  return length > longest ? null : parts.join('')
}
