import { randomBytes } from 'node:crypto'

/** A new id, such as `call_…`. Ids sort by time, so that what the store keeps by them grows at its end. @param now milliseconds since 1970 */
export function timedId(kind: 'call' | 'model', now: number): string {
  return `${kind}_${now.toString(36).padStart(9, '0')}${randomBytes(9).toString('hex')}`
}
