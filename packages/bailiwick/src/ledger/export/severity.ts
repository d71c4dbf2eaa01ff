import type { Response } from '../../model/vocabulary.ts'
import type { LedgerEntry } from '../entry.ts'
import type { ExportRecord } from './export-record.ts'

export const severities = ['informational', 'low', 'medium', 'high', 'critical'] as const
/** How much a record matters, for every format. */
export type Severity = (typeof severities)[number]

const ofResponse: Readonly<Record<Response, Severity>> = {
  allow: 'informational',
  sanitize: 'informational',
  sandbox: 'informational',
  defer: 'low',
  ask: 'low',
  deny: 'medium',
}

/** How much a record matters: what the policies behind a decision say, or else what happened. */
export function severityOf({ entry, decision }: ExportRecord): Severity {
  if (entry.type === 'decision' || entry.type === 'outcome') {
    const decided = decision === null ? 'informational' : (severityNamed(decision.severity) ?? ofResponse[decision.response])
    // What a crash cut off has no result; what is carried out elsewhere has one that says nothing.
    return entry.type === 'outcome' && entry.status === 'unknown' && entry.result === null ? severer(decided, 'medium') : decided
  }
  return ofEntry(entry)
}

function ofEntry(entry: Exclude<LedgerEntry, { type: 'decision' | 'outcome' }>): Severity {
  switch (entry.type) {
    case 'model':
      return entry.event === 'answered' && entry.status === 'unknown' ? 'medium' : 'informational'
    case 'session':
      return entry.event === 'revoked' ? 'medium' : 'informational'
    case 'approval':
      return entry.event === 'denied' ? 'low' : 'informational'
    case 'configuration':
      return entry.event === 'refused' ? 'low' : 'informational'
    case 'erasure':
    case 'agent-key':
      return 'informational'
    case 'revocation':
      return entry.event === 'revoked' ? 'medium' : 'low'
    case 'inventory':
      return Object.values(entry.findings).some((count) => count > 0) ? 'low' : 'informational'
    case 'evaluation':
      return entry.ok ? 'informational' : 'high'
    case 'event':
      switch (entry.event) {
        case 'alert':
          return entry.detail.startsWith('closed') ? 'informational' : 'high'
        case 'withheld':
          return 'high'
        case 'refused':
        case 'upstream':
          return 'medium'
        case 'rules':
        case 'completion':
          return 'informational'
      }
  }
}

function severityNamed(name: string | null): Severity | undefined {
  return severities.find((severity) => severity === name)
}

function severer(a: Severity, b: Severity): Severity {
  return severities.indexOf(a) >= severities.indexOf(b) ? a : b
}
