import { CedarError } from '../cedar-error.ts'
import { Fault } from '../value/fault.ts'

/** Why a given value is not one of Cedar, and where in it: keys and indexes from the outside in. Becomes a CedarError at the API. */
export class Refusal {
  readonly message: string
  readonly path: readonly (string | number)[]

  constructor(message: string, path: readonly (string | number)[] = []) {
    this.message = message
    this.path = path
  }
}

/** The same refusal seen from outside `key`; anything else thrown is passed on as it is. */
export function within(key: string | number, thrown: unknown): unknown {
  if (thrown instanceof Refusal) return new Refusal(thrown.message, [key, ...thrown.path])
  return thrown instanceof Fault ? new Refusal(thrown.message, [key]) : thrown
}

/** Runs `read`, and throws what it refuses as a CedarError that begins with `what`. */
export function refusing<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw toCedarError(what, thrown)
  }
}

/** The CedarError for what a reader threw; anything else thrown is returned as it is. */
export function toCedarError(what: string, thrown: unknown): unknown {
  if (!(thrown instanceof Refusal) && !(thrown instanceof Fault)) return thrown
  const path = thrown instanceof Refusal ? thrown.path : []
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return refused(`${what}${place}: ${thrown.message}`)
}

/** A CedarError of one finding that has no place in a text. */
export function refused(message: string): CedarError {
  return new CedarError([{ message, help: null, policy: null, start: null, end: null }])
}
