import type { RevocationEntry } from './entry.ts'

const prefix = 'event of '

/** What a revocation says of who brought it about when it was a security event, by the issuer of that event. */
export function announcedBy(issuer: string): string {
  return `${prefix}${issuer}`
}

/** The issuer of the security event that brought a revocation about; null when it was a person of this installation. */
export function announcerOf({ by }: Pick<RevocationEntry, 'by'>): string | null {
  return by.startsWith(prefix) ? by.slice(prefix.length) : null
}
