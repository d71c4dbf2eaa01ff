/** Where in a call or an outcome a value stands, as facts name it: `input.account`, `output.total`, `params.week`, `facts.approved`, `person`. */
export type ValuePath =
  | { readonly of: 'input' | 'output' | 'params'; readonly names: readonly [string, ...string[]] }
  | { readonly of: 'facts'; readonly names: readonly [string] }
  | { readonly of: 'tool' | 'agent' | 'person' | 'goal' | 'session' }

const whole = new Set(['tool', 'agent', 'person', 'goal', 'session'])

/** Null for a text that is no path. */
export function parseValuePath(text: string): ValuePath | null {
  if (whole.has(text)) return { of: text as 'tool' | 'agent' | 'person' | 'goal' | 'session' }
  const [of, first, ...rest] = text.split('.')
  if (first === undefined || first === '' || rest.includes('')) return null
  if (of === 'input' || of === 'output' || of === 'params') return { of, names: [first, ...rest] }
  return of === 'facts' && rest.length === 0 ? { of, names: [first] } : null
}

/** The path as it is written. */
export function pathText(path: ValuePath): string {
  return 'names' in path ? `${path.of}.${path.names.join('.')}` : path.of
}
