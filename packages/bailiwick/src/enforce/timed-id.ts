import { randomUUID } from 'node:crypto'

/** A new id, such as `call_…`. Ids sort by time, so that what the store keeps by them grows at its end. @param now milliseconds since 1970 */
export function timedId(kind: 'call' | 'model', now: number): string {
  return `${kind}_${now.toString(36).padStart(9, '0')}${randomHex()}`
}

/** 72 random bits in hex. Node draws those of many UUIDs at once; the fixed bits of one (RFC 9562) are in its middle. */
function randomHex(): string {
  const uuid = randomUUID()
  return `${uuid.slice(0, 8)}${uuid.slice(9, 13)}${uuid.slice(-6)}`
}
