import type { Json } from '../../model/json.ts'
import type { EvaluationEntry, EventEntry, LedgerEntry } from '../entry.ts'
import { recordId } from './export-record.ts'
import type { ExportRecord } from './export-record.ts'
import { ocsfBase, payloadOf, present } from './ocsf-event.ts'
import type { OcsfEvent, OcsfKind } from './ocsf-event.ts'
import { severityOf } from './severity.ts'
import { tellingOf } from './telling.ts'

const kind: OcsfKind = {
  categoryUid: 2,
  categoryName: 'Findings',
  classUid: 2004,
  className: 'Detection Finding',
  profiles: [],
}

type FindingEntry = EventEntry | EvaluationEntry | Extract<LedgerEntry, { type: 'inventory' }>

/** Something that a person may have to look at: an alert, a tool that was withheld, a request that was refused, what a check or an inventory found. */
export function detectionFinding(record: ExportRecord, entry: FindingEntry): OcsfEvent {
  const { code, title, message } = tellingOf(record)
  const closed = entry.type === 'event' && entry.event === 'alert' && entry.detail.startsWith('closed')
  const fine = closed || (entry.type === 'evaluation' && entry.ok)
  return ocsfBase(record, kind, closed ? [3, 'Close'] : [1, 'Create'], {
    status_id: fine ? 4 : 1,
    status: fine ? 'Resolved' : 'New',
    is_alert: ['high', 'critical'].includes(severityOf(record)),
    finding_info: {
      // An alert is closed under the id that it was opened under.
      uid: entry.type === 'event' && entry.event === 'alert' ? `alert:${entry.subject}` : recordId(record),
      title,
      desc: message.toWellFormed(),
      types: [code],
      created_time: Date.parse(entry.time),
      analytic: { type_id: 1, type: 'Rule', name: code },
    },
    ...about(record, entry),
  })
}

function about(record: ExportRecord, entry: FindingEntry): Record<string, Json | undefined> {
  if (entry.type === 'event')
    return {
      resources: [{ name: entry.subject }],
      unmapped: present({ session: entry.session ?? undefined, agent: record.party?.agent, detail: entry.detail }),
    }
  const found = payloadOf(record, entry.type === 'inventory' ? 'items' : 'results')
  return {
    evidences: found === undefined ? undefined : [{ data: found }],
    unmapped:
      entry.type === 'inventory'
        ? { agents: entry.agents, tools: entry.tools, servers: entry.servers, findings: entry.findings, items: entry.items.hash }
        : { kind: entry.kind, policy_digest: entry.policyDigest, passed: entry.passed, failed: entry.failed, results: entry.results.hash },
  }
}
