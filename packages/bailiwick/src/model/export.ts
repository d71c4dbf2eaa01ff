import type { RevocableKind } from './lineage.ts'
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

export const sinkKinds = ['otlp', 'webhook', 'syslog', 'securityEvents'] as const

/** Which entries a sink is sent: those that fit each condition that is given. */
export interface SinkFilters {
  /** One of these on the session or the result of a call. */
  readonly labels?: readonly string[] | undefined
  readonly responses?: readonly Response[] | undefined
  readonly agents?: readonly string[] | undefined
  readonly types?: readonly EntryType[] | undefined
}

/** A receiver of security events (RFC 8935), who is told what is revoked. */
export interface SecurityEventSink {
  readonly url: string
  /** What the receiver is called in the events that it is sent. */
  readonly audience: string
  /** What it calls itself in events of its own, which it is not told again; a receiver that is not named so is known by its address. */
  readonly issuer?: string | undefined
  readonly headers?: Readonly<Record<string, SecretSource>> | undefined
  /** What it is told the revocation of; of everything unless given. */
  readonly kinds?: readonly RevocableKind[] | undefined
}

/** Where the ledger is sent while it grows. Exactly one of `otlp`, `webhook`, `syslog` and `securityEvents` is given. */
export interface SinkDeclaration extends SinkFilters {
  /** Under which it is remembered how far the sink has come; kind and address unless given. */
  readonly name?: string | undefined
  /** Where a new sink begins: at the first entry, or behind the last one there is. */
  readonly from: 'start' | 'now'
  readonly otlp?: { readonly url: string; readonly headers?: Readonly<Record<string, SecretSource>> | undefined } | undefined
  readonly webhook?: { readonly url: string; readonly secret: Exclude<SecretSource, string> } | undefined
  readonly syslog?: { readonly url: string } | undefined
  /** Takes none of the filters: it is sent revocations, and nothing else. */
  readonly securityEvents?: SecurityEventSink | undefined
}

/** What a sink is called in reports and remembered by. Queries of addresses are left out: they may hold what is secret. */
export function sinkName(sink: SinkDeclaration): string {
  if (sink.name !== undefined) return sink.name
  const kind = sinkKinds.find((one) => sink[one] !== undefined) ?? 'syslog'
  return `${kind} ${(sink[kind]?.url ?? '').replace(/[?#].*$/, '')}`
}
