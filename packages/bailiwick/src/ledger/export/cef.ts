import type { ModelAnsweredEntry } from '../entry.ts'
import { recordId } from './export-record.ts'
import type { ExportRecord } from './export-record.ts'
import { product } from './product.ts'
import { labelsOf } from './selection.ts'
import { severityOf } from './severity.ts'
import type { Severity } from './severity.ts'
import { modelOf, tellingOf } from './telling.ts'
import { shortened } from './text.ts'

/** Low is 0 to 3, medium 4 to 6, high 7 and 8, very high 9 and 10. */
const numbers: Readonly<Record<Severity, number>> = { informational: 1, low: 3, medium: 5, high: 8, critical: 10 }

/**
 * One event of the Common Event Format, version 0 of the header, without a line's end. Keys are those of its extension dictionary, texts are cut to the
 * lengths that it allows, and `act` is AARM's name of the response.
 */
export function cefLine(record: ExportRecord): string {
  const { code, title } = tellingOf(record)
  const header = ['CEF:0', product.name, product.name, product.version, code, title].map((text, index) =>
    index === 0 ? text : inHeader(text),
  )
  return [...header, String(numbers[severityOf(record)]), extensions(record)].join('|')
}

type Field = readonly [key: string, value: string | number | null | undefined, most?: number]

function extensions(record: ExportRecord): string {
  const { entry, decision, party, index } = record
  const fields: Field[] = [
    ['rt', Date.parse(entry.time)],
    ['externalId', recordId(record), 40],
    ['cat', entry.type, 1023],
    ['deviceExternalId', entry.instance, 255],
    ['act', decision?.aarm, 63],
    ['outcome', outcomeOf(record), 63],
    ['reason', reasonOf(record), 1023],
    ['msg', tellingOf(record).message, 1023],
    ['sourceServiceName', party?.agent, 1023],
    ['suser', party?.person, 1023],
    ['destinationServiceName', decision?.tool ?? destinationOf(record), 1023],
    ['dhost', entry.type === 'model' ? entry.serverAddress : null, 1023],
    ...custom('cs1', 'Session', party?.session),
    ...custom('cs2', 'Goal', party?.goal),
    ...custom('cs3', 'Rule', decision === null ? null : `${decision.tier} ${decision.rule}`),
    ...custom('cs4', 'Policy digest', digestOf(record)),
    ...custom('cs5', 'Labels', labelsOf(record).join(',') || null),
    ...subject(record),
    ...custom('cn1', 'Entry', index),
    ...(entry.type === 'outcome' ? [...custom('cn2', 'Milliseconds', entry.milliseconds), ...custom('cn3', 'Bytes', entry.bytes)] : []),
    ...(entry.type === 'model' && entry.event === 'answered' ? answered(entry) : []),
  ]
  return fields.flatMap((field) => extension(...field)).join(' ')
}

function extension(key: string, value: string | number | null | undefined, most = 4000): string[] {
  if (value === null || value === undefined || value === '') return []
  return [`${key}=${inExtension(shortened(String(value), most))}`]
}

function custom(key: string, label: string, value: string | number | null | undefined): Field[] {
  return value === null || value === undefined
    ? []
    : [
        [`${key}Label`, label],
        [key, value],
      ]
}

/** What the entry is about besides its session. */
function subject({ entry, decision }: ExportRecord): Field[] {
  if (entry.type === 'approval') return custom('cs6', 'Approval', entry.approval)
  return entry.type === 'model' ? custom('cs6', 'Model call', entry.modelCall) : custom('cs6', 'Call', decision?.call)
}

function answered({ milliseconds, inputTokens, outputTokens }: ModelAnsweredEntry): Field[] {
  const told = inputTokens !== null || outputTokens !== null
  return [
    ...custom('cn2', 'Milliseconds', milliseconds),
    ...custom('cn3', 'Tokens', told ? (inputTokens ?? 0) + (outputTokens ?? 0) : null),
  ]
}

function destinationOf({ entry }: ExportRecord): string | null {
  if (entry.type === 'model') return modelOf(entry)
  return entry.type === 'approval' ? entry.tool : null
}

function outcomeOf({ entry, decision }: ExportRecord): string | null {
  if (entry.type === 'outcome') return entry.status
  if (entry.type === 'decision') return decision?.response ?? null
  if (entry.type === 'model') return entry.event === 'asked' ? entry.event : entry.status
  return entry.type === 'session' || entry.type === 'approval' || entry.type === 'configuration' ? entry.event : null
}

function reasonOf({ entry }: ExportRecord): string | null {
  if (entry.type === 'decision') return entry.reason
  if (entry.type === 'outcome' || (entry.type === 'model' && entry.event === 'answered')) return entry.error
  if (entry.type === 'approval') return entry.rationale
  return entry.type === 'event' || (entry.type === 'configuration' && entry.event === 'refused') ? entry.detail : null
}

function digestOf({ entry, decision }: ExportRecord): string | null {
  if (entry.type === 'configuration') return 'policyDigest' in entry ? entry.policyDigest : null
  return entry.type === 'session' || entry.type === 'evaluation' ? entry.policyDigest : (decision?.policyDigest ?? null)
}

/** A header has no way to write the end of a line: it becomes a space. */
function inHeader(text: string): string {
  return harmless(text)
    .replaceAll(/[\n\r]+/g, ' ')
    .replaceAll(/[\\|]/g, String.raw`\$&`)
}

function inExtension(text: string): string {
  return harmless(text)
    .replaceAll(/[\\=]/g, String.raw`\$&`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`)
}

/** Without the control characters that the format cannot write, and the separators that some readers take for the end of a line. */
function harmless(text: string): string {
  return text.toWellFormed().replaceAll(/[^\P{Cc}\n\r]|[\u2028\u2029]/gu, '\uFFFD')
}
