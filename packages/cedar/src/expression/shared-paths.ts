import type { Expr, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'

/** Further paths are rare enough to be looked up each time. */
const most = 32

/**
 * The attribute paths, like `context.input.path`, that several expressions of a policy set begin with. Within one request a
 * path has one value, so it is looked up once and remembered under its slot.
 */
export class SharedPaths {
  readonly #slots: ReadonlyMap<string, number>

  /** Takes the paths that occur most among the policies. */
  constructor(policies: Iterable<PolicyJson>) {
    const counts = new Map<string, number>()
    for (const policy of policies) for (const { body } of policy.conditions) count(body, counts)
    const shared = [...counts].filter(([, uses]) => uses > 1).sort(([, a], [, b]) => b - a)
    this.#slots = new Map(shared.slice(0, most).map(([path], slot) => [path, slot]))
  }

  /** The slot of an expression that is a shared path; undefined for any other. */
  slotOf(expression: Expr): number | undefined {
    const path = pathOf(expression)
    return path === null ? undefined : this.#slots.get(JSON.stringify(path))
  }
}

function count(json: unknown, counts: Map<string, number>): void {
  if (typeof json !== 'object' || json === null) return
  const path = pathOf(json as Expr)
  if (path !== null && path.length > 1) counts.set(JSON.stringify(path), (counts.get(JSON.stringify(path)) ?? 0) + 1)
  for (const inner of Object.values(json)) count(inner, counts)
}

/** The variable and attributes of an expression like `principal.a.b`; null for any other. */
function pathOf(expression: Expr): readonly string[] | null {
  if ('Var' in expression && typeof expression.Var === 'string') return [expression.Var]
  if (!('.' in expression)) return null
  const { left, attr } = expression['.'] as { left?: Expr; attr?: unknown }
  if (typeof left !== 'object' || typeof attr !== 'string') return null
  const path = pathOf(left)
  return path === null ? null : [...path, attr]
}
