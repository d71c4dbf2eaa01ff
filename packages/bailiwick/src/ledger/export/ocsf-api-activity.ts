import type { Json, JsonObject } from '../../model/json.ts'
import { letsThrough } from '../../model/vocabulary.ts'
import type { Response } from '../../model/vocabulary.ts'
import type { DecisionEntry, AgentKeyEntry, ErasureEntry, RevocationEntry, EventEntry, LedgerEntry, OutcomeEntry } from '../entry.ts'
import type { ExportRecord } from './export-record.ts'
import { failed, ocsfBase, payloadOf, present, statusOf, succeeded } from './ocsf-event.ts'
import type { Captioned, OcsfEvent, OcsfKind } from './ocsf-event.ts'
import { labelsOf } from './selection.ts'
import { severityOf } from './severity.ts'

type Configuration = Extract<LedgerEntry, { type: 'configuration' }>

/** A call of a tool or a model, or what else came about between an agent and the gateway. */
export const apiActivityKind: OcsfKind = {
  categoryUid: 6,
  categoryName: 'Application Activity',
  classUid: 6003,
  className: 'API Activity',
  profiles: ['ai_operation', 'security_control'],
}

/** A call by one of its halves, or another request to the gateway. */
export function apiActivity(record: ExportRecord, entry: DecisionEntry | OutcomeEntry | EventEntry): OcsfEvent {
  if (entry.type === 'event') return otherActivity(record, entry)
  const { decision, party } = record
  const tool = decision?.tool ?? 'unknown'
  const outcome = entry.type === 'outcome' ? entry : null
  return ocsfBase(record, apiActivityKind, activityOf(tool), {
    ...parties(record, decision?.agent ?? party?.agent ?? null),
    ...statusOf(outcome === null ? decided(decision) : ended[outcome.status]),
    status_detail: (outcome === null ? decision?.reason : (outcome.error ?? undefined)) || undefined,
    api: present({
      operation: tool,
      service: { name: toolboxOf(tool) },
      request: present({ uid: entry.call, data: payloadOf(record, 'arguments') }),
      response: outcome === null ? undefined : present({ error: outcome.error ?? undefined, data: payloadOf(record, 'result') }),
    }),
    dst_endpoint: { svc_name: toolboxOf(tool) },
    resources: [present({ name: tool, type: 'tool', uid: decision?.pin ?? undefined, labels: labelsOf(record) })],
    ...(decision === null ? {} : control(record, decision)),
    ...(outcome === null ? {} : duration(outcome, decision)),
    unmapped: unmapped(record, outcome, decision),
  })
}

/** Payloads of a session that were erased. */
export function erasureActivity(record: ExportRecord, entry: ErasureEntry): OcsfEvent {
  return ocsfBase(record, apiActivityKind, [4, 'Delete'], {
    ...parties(record, null),
    ...statusOf(succeeded),
    status_detail: entry.reason,
    api: { operation: 'vault/erase' },
    resources: [{ name: entry.session, type: 'payloads' }],
    unmapped: { by: entry.by },
  })
}

/** A key of an agent was registered, or is to be taken until a time only. */
export function agentKeyActivity(record: ExportRecord, entry: AgentKeyEntry): OcsfEvent {
  return ocsfBase(record, apiActivityKind, entry.event === 'registered' ? [1, 'Create'] : [3, 'Update'], {
    ...parties(record, null),
    ...statusOf(succeeded),
    api: { operation: `agent-key/${entry.event}` },
    resources: [{ name: entry.thumbprint, type: `key of ${entry.agent}` }],
    unmapped: present({ by: entry.by, until: entry.until ?? undefined }),
  })
}

/** What calls descend from was cut, or a cut taken back. */
export function revocationActivity(record: ExportRecord, entry: RevocationEntry): OcsfEvent {
  return ocsfBase(record, apiActivityKind, entry.event === 'revoked' ? [4, 'Delete'] : [3, 'Update'], {
    ...parties(record, null),
    ...statusOf(succeeded),
    status_detail: entry.reason,
    api: { operation: `revocation/${entry.event}` },
    resources: [{ name: entry.id, type: entry.kind }],
    unmapped: { by: entry.by },
  })
}

/** What a configuration is of, as a resource. */
function configured(entry: Configuration): { readonly name: string; readonly type: string } {
  switch (entry.event) {
    case 'token-key':
      return { name: entry.to, type: 'key of tokens' }
    case 'ledger-key':
      return { name: entry.to, type: 'key of the ledger' }
    case 'trust-policy':
      return { name: entry.trustDigest ?? 'none', type: 'trust policy' }
    default:
      return { name: entry.policyDigest, type: 'ruleset' }
  }
}

/** A configuration that came into force, or was refused. */
export function configurationActivity(record: ExportRecord, entry: Configuration): OcsfEvent {
  const refused = entry.event === 'refused'
  return ocsfBase(record, apiActivityKind, [3, 'Update'], {
    ...parties(record, null),
    ...statusOf(refused ? failed : succeeded),
    status_detail: refused ? entry.detail : undefined,
    api: present({
      operation: `configuration/${entry.event}`,
      request: entry.event === 'ruleset' ? present({ uid: entry.contents.hash, data: payloadOf(record, 'contents') }) : undefined,
    }),
    resources: [configured(entry)],
    unmapped:
      entry.event === 'ruleset'
        ? { before: entry.before, pins: { ...entry.pins }, policies: { ...entry.policies } }
        : entry.event === 'trust-policy'
          ? { before: entry.before }
          : {},
  })
}

/** Rules that earlier builds recorded as an event, or a completion that was asked for. */
function otherActivity(record: ExportRecord, entry: EventEntry): OcsfEvent {
  const rules = entry.event === 'rules'
  return ocsfBase(record, apiActivityKind, rules ? [3, 'Update'] : [2, 'Read'], {
    ...parties(record, record.party?.agent ?? null),
    ...statusOf(succeeded),
    status_detail: entry.detail,
    api: { operation: rules ? 'rules' : 'completion/complete' },
    resources: [{ name: entry.subject, type: rules ? 'ruleset' : 'completion' }],
  })
}

function activityOf(tool: string): Captioned {
  return toolboxOf(tool) !== tool && (tool.endsWith('.resources/read') || tool.endsWith('.prompts/get'))
    ? [2, 'Read']
    : [99, 'Execute tool']
}

function toolboxOf(tool: string): string {
  return tool.split('.', 1)[0] as string
}

/** Who acts, from where, and in what conversation. */
export function parties({ entry, party, decision }: ExportRecord, agent: string | null): Record<string, Json | undefined> {
  const caller = agent ?? 'bailiwick'
  return {
    actor: present({
      app_name: caller,
      user: typeof party?.person === 'string' ? { name: party.person, type_id: 1 } : undefined,
      session: party === null ? undefined : present({ uid: party.session, credential_uid: decision?.token ?? undefined }),
    }),
    src_endpoint: { svc_name: caller, instance_uid: entry.instance },
    message_context:
      party === null
        ? undefined
        : { uid: party.session, name: party.goal, ai_role_id: 4, ai_role: 'Agent', service: { name: party.agent } },
  }
}

function decided(decision: DecisionEntry | null): Captioned {
  if (decision === null) return [0, 'Unknown']
  if (decision.response === 'deny') return failed
  return [99, letsThrough(decision.response) ? 'Let through' : 'Pending']
}

const ended: Readonly<Record<OutcomeEntry['status'], Captioned>> = {
  ok: succeeded,
  error: failed,
  refused: failed,
  cancelled: failed,
  unknown: [0, 'Unknown'],
}

const actions: Readonly<Record<Response, readonly [action: Captioned, disposition: Captioned]>> = {
  allow: [
    [1, 'Allowed'],
    [1, 'Allowed'],
  ],
  sanitize: [
    [4, 'Modified'],
    [11, 'Corrected'],
  ],
  sandbox: [
    [4, 'Modified'],
    [4, 'Isolated'],
  ],
  defer: [
    [99, 'DEFER'],
    [14, 'Delayed'],
  ],
  ask: [
    [99, 'STEP_UP'],
    [23, 'Challenge'],
  ],
  deny: [
    [2, 'Denied'],
    [2, 'Blocked'],
  ],
}

function control(record: ExportRecord, decision: DecisionEntry): Record<string, Json> {
  const enforced = actions[decision.response]
  const [[actionId, action], [dispositionId, disposition]] =
    decision.observed === null
      ? decision.approval === null || !letsThrough(decision.response)
        ? enforced
        : ([enforced[0], [8, 'Approved']] as const)
      : ([
          [3, 'Observed'],
          [17, 'Logged'],
        ] as const)
  return {
    action_id: actionId,
    action,
    disposition_id: dispositionId,
    disposition,
    is_alert: ['high', 'critical'].includes(severityOf(record)) && !letsThrough(decision.observed ?? decision.response),
    policy: { uid: decision.policyDigest, name: decision.rule },
  }
}

function duration(outcome: OutcomeEntry, decision: DecisionEntry | null): Record<string, Json | undefined> {
  return {
    duration: outcome.milliseconds,
    start_time: decision === null ? undefined : Date.parse(decision.time),
    end_time: Date.parse(outcome.time),
  }
}

function unmapped(record: ExportRecord, outcome: OutcomeEntry | null, decision: DecisionEntry | null): JsonObject {
  return present({
    aarm: decision?.aarm,
    response: decision?.response,
    observed: decision?.observed ?? undefined,
    tier: decision?.tier,
    policies: decision?.policies,
    controls: decision?.controls,
    goal: decision?.goal,
    params: decision?.params,
    facts: outcome === null ? decision?.facts : undefined,
    arguments: outcome === null ? decision?.arguments.hash : undefined,
    performed: outcome === null ? payloadOf(record, 'performed') : undefined,
    result: outcome?.result?.hash,
    bytes: outcome?.bytes,
    redacted: outcome?.redacted,
    approval: outcome === null ? (decision?.approval ?? undefined) : undefined,
  })
}
