import type { Json } from '../../model/json.ts'
import type { ApprovalEntry, SessionEntry } from '../entry.ts'
import type { ExportRecord } from './export-record.ts'
import { failed, ocsfBase, payloadOf, present, statusOf, succeeded } from './ocsf-event.ts'
import type { Captioned, OcsfEvent, OcsfKind } from './ocsf-event.ts'

const kind: OcsfKind = {
  categoryUid: 3,
  categoryName: 'Identity & Access Management',
  classUid: 3003,
  className: 'Authorize Session',
  profiles: [],
}

const assigned: Captioned = [1, 'Assign Privileges']

/** What a session is given to do, or loses: the goal that it was opened for, an action that a person agreed to. */
export function authorizeSession(record: ExportRecord, entry: SessionEntry | ApprovalEntry): OcsfEvent {
  const { party } = record
  const [activity, members] = entry.type === 'session' ? opened(record, entry) : answered(entry)
  return ocsfBase(record, kind, activity, {
    session: { uid: entry.session },
    user: { name: party?.person ?? party?.agent ?? 'unknown', type_id: typeof party?.person === 'string' ? 1 : 4 },
    ...members,
  })
}

type Told = readonly [activity: Captioned, members: Readonly<Record<string, Json | undefined>>]

function opened(record: ExportRecord, entry: SessionEntry): Told {
  const given = entry.event === 'opened' || entry.event === 'resumed'
  return [
    given ? assigned : [99, `Session ${entry.event}`],
    {
      privileges: [`goal:${entry.goal}`],
      actor: { app_name: entry.agent, user: { name: entry.by } },
      ...statusOf(succeeded),
      unmapped: present({
        event: entry.event,
        params: entry.params,
        policy_digest: entry.policyDigest,
        request: entry.request?.hash,
        request_text: payloadOf(record, 'request'),
      }),
    },
  ]
}

const answers: Readonly<Record<ApprovalEntry['event'], readonly [activity: Captioned, status: Captioned]>> = {
  asked: [
    [99, 'Approval asked'],
    [99, 'Pending'],
  ],
  approved: [assigned, succeeded],
  denied: [[99, 'Approval denied'], failed],
  expired: [[99, 'Approval expired'], failed],
}

function answered(entry: ApprovalEntry): Told {
  const [activity, status] = answers[entry.event]
  return [
    activity,
    {
      privileges: [`tool:${entry.tool}`],
      actor: entry.approver === null ? undefined : { user: { name: entry.approver } },
      ...statusOf(status),
      status_detail: entry.rationale ?? undefined,
      unmapped: { approval: entry.approval, action: entry.hash, signature: entry.signature },
    },
  ]
}
