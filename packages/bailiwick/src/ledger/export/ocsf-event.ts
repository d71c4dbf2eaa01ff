import type { Json, JsonObject } from '../../model/json.ts'
import type { PayloadRole } from '../commitments-of.ts'
import { recordId } from './export-record.ts'
import type { ExportRecord } from './export-record.ts'
import { product } from './product.ts'
import { severities, severityOf } from './severity.ts'
import { tellingOf } from './telling.ts'

export type OcsfEvent = JsonObject

const version = '1.8.0'
const severityNames = ['Informational', 'Low', 'Medium', 'High', 'Critical']

/** A class of events, and what of it an event is. */
export interface OcsfKind {
  readonly categoryUid: number
  readonly categoryName: string
  readonly classUid: number
  readonly className: string
  readonly profiles: readonly string[]
}

/** A value of an enumeration with its caption. */
export type Captioned = readonly [id: number, caption: string]

/** What every event says, followed by what this one says besides. What is undefined is left out. */
export function ocsfBase(
  record: ExportRecord,
  kind: OcsfKind,
  [activityId, activityName]: Captioned,
  rest: Readonly<Record<string, Json | undefined>>,
): OcsfEvent {
  const { entry, decision, index, leaf } = record
  const { code, message } = tellingOf(record)
  const severity = severities.indexOf(severityOf(record))
  const subject = decision?.call ?? (entry.type === 'model' ? entry.modelCall : entry.type === 'approval' ? entry.approval : entry.session)
  return present({
    category_uid: kind.categoryUid,
    category_name: kind.categoryName,
    class_uid: kind.classUid,
    class_name: kind.className,
    activity_id: activityId,
    activity_name: activityName,
    type_uid: kind.classUid * 100 + activityId,
    type_name: `${kind.className}: ${activityName}`,
    time: Date.parse(entry.time),
    severity_id: severity + 1,
    severity: severityNames[severity],
    message: message.toWellFormed(),
    metadata: present({
      version,
      product: { name: product.name, vendor_name: product.name, version: product.version },
      profiles: kind.profiles,
      uid: recordId(record),
      correlation_uid: subject ?? undefined,
      event_code: code,
      log_name: 'ledger',
      log_provider: entry.instance,
      sequence: index,
      original_time: entry.time,
    }),
    ...rest,
    unmapped: { leaf, ...(rest['unmapped'] as JsonObject | undefined) },
  })
}

/** The members that are not undefined. */
export function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter((member): member is [string, Json] => member[1] !== undefined))
}

/** A status with its caption. */
export function statusOf([id, caption]: Captioned): { readonly status_id: number; readonly status: string } {
  return { status_id: id, status: caption }
}

export const succeeded: Captioned = [1, 'Success']
export const failed: Captioned = [2, 'Failure']

/** The genuine payload of that kind, if it was asked for. */
export function payloadOf({ payloads }: ExportRecord, of: PayloadRole): Json | undefined {
  const found = payloads.find((payload) => payload.of === of)
  return found?.genuine === true ? found.value : undefined
}
