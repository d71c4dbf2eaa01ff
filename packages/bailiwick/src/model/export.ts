import type { SecretSource } from './secret-source.ts'
import type { Response } from './vocabulary.ts'

/** The kinds of entries that the ledger holds. */
export const entryTypes = [
  'decision',
  'outcome',
  'model',
  'session',
  'approval',
  'event',
  'configuration',
  'inventory',
  'evaluation',
  'erasure',
  'revocation',
  'agent-key',
] as const
export type EntryType = (typeof entryTypes)[number]

/** Which entries a sink is sent: those that fit each condition that is given. */
export interface SinkFilters {
  /** One of these on the session or the result of a call. */
  readonly labels?: readonly string[] | undefined
  readonly responses?: readonly Response[] | undefined
  readonly agents?: readonly string[] | undefined
  readonly types?: readonly EntryType[] | undefined
}

/** Where the ledger is sent while it grows. Exactly one of `otlp`, `webhook` and `syslog` is given. */
export interface SinkDeclaration extends SinkFilters {
  /** Under which it is remembered how far the sink has come; kind and address unless given. */
  readonly name?: string | undefined
  /** Where a new sink begins: at the first entry, or behind the last one there is. */
  readonly from: 'start' | 'now'
  readonly otlp?: { readonly url: string; readonly headers?: Readonly<Record<string, SecretSource>> | undefined } | undefined
  readonly webhook?: { readonly url: string; readonly secret: Exclude<SecretSource, string> } | undefined
  readonly syslog?: { readonly url: string } | undefined
}

/** What a sink is called in reports and remembered by. Queries of addresses are left out: they may hold what is secret. */
export function sinkName({ name, otlp, webhook, syslog }: SinkDeclaration): string {
  if (name !== undefined) return name
  const [kind, url] = otlp === undefined ? (webhook === undefined ? ['syslog', syslog?.url] : ['webhook', webhook.url]) : ['otlp', otlp.url]
  return `${kind} ${(url ?? '').replace(/[?#].*$/, '')}`
}
