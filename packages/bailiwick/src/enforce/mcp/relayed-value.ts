import { isJsonObject } from '../../model/json.ts'
import { secretForms } from './secret-forms.ts'
import { textWithout } from './text-without.ts'

/** Says who answers on this hop (2026-07-28), which towards the agent is the gateway. */
const serverInfo = 'io.modelcontextprotocol/serverInfo'

/** Members that hold bytes as base64: of resources, of images and sounds. */
const binary: ReadonlySet<string> = new Set(['blob', 'data'])

/** Makes a value from a toolbox fit to be passed on. Nothing else in it changes. */
export type Relay = <T>(value: T) => T

/**
 * A relay that takes out secrets, wherever in a text or in bytes they stand and as {@link secretForms} knows them, and whatever claims to come from the
 * gateway: keys under `bailiwick/` in a `_meta`, and the server's own name there. Halves of surrogate pairs, which no receipt could carry, become U+FFFD.
 */
export function relayWithout(secrets: readonly string[]): Relay {
  const without = textWithout(secrets.flatMap(secretForms))
  const clean = (text: string): string => without(text.toWellFormed())
  const cleanBytes = (base64: string): string => {
    const text = Buffer.from(base64, 'base64').toString('utf8')
    const left = without(text)
    return left === text ? clean(base64) : Buffer.from(left).toString('base64')
  }
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value)
    if (Array.isArray(value)) return value.map(walk)
    if (!isJsonObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        clean(key),
        key === '_meta' && isJsonObject(inner)
          ? walk(withoutOurs(inner))
          : binary.has(key) && typeof inner === 'string'
            ? cleanBytes(inner)
            : walk(inner),
      ]),
    )
  }
  return (value) => walk(value) as typeof value
}

/** The error of a toolbox made fit to be passed on. Its data too can claim no decision: the gateway's own errors carry theirs there. */
export function relayedError(
  relay: Relay,
  { code, message, data }: { readonly code: number; readonly message: string; readonly data?: unknown },
): { readonly code: number; readonly message: string; readonly data: unknown } {
  return relay({ code, message, data: isJsonObject(data) ? withoutOurs(data) : data })
}

function withoutOurs(meta: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !key.toLowerCase().startsWith('bailiwick/') && key !== serverInfo))
}
