import { recordId } from './export-record.ts'
import type { ExportRecord } from './export-record.ts'
import { labelsOf } from './selection.ts'
import { severityOf } from './severity.ts'
import type { Severity } from './severity.ts'
import { modelOf, tellingOf } from './telling.ts'
import { shortened, visible } from './text.ts'

/** Log audit. */
const facility = 13
const numbers: Readonly<Record<Severity, number>> = { informational: 6, low: 5, medium: 4, high: 3, critical: 2 }
const byteOrderMark = '\uFEFF'
const longestValue = 255

/**
 * A message of RFC 5424: the facts as structured data, a sentence as the message, both UTF-8. The sentence is cut where the whole would be longer than
 * `most` bytes; the rest is never longer than 2 kB, so long as the host's name is not.
 * @param host the name of the machine that reports
 */
export function syslogMessage(record: ExportRecord, host: string, most: number): Buffer {
  const priority = facility * 8 + numbers[severityOf(record)]
  const { entry } = record
  const header = `<${priority}>1 ${entry.time} ${printable(host)} bailiwick - ${entry.type} ${structured(record)} ${byteOrderMark}`
  const message = Buffer.from(`${header}${visible(tellingOf(record).message.toWellFormed())}`)
  return message.length <= most ? message : cut(message, most)
}

/** The message as a stream carries it: its length in front (RFC 6587 section 3.4.1, RFC 5425). */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

/** Under the enterprise number that RFC 5612 sets aside for those who have none of their own. */
function structured(record: ExportRecord): string {
  const { entry, decision, party, index } = record
  const values: Readonly<Record<string, string | null | undefined>> = {
    id: recordId(record),
    entry: String(index),
    event: tellingOf(record).code,
    session: party?.session,
    agent: party?.agent,
    person: party?.person,
    goal: party?.goal,
    call: decision?.call,
    tool: decision?.tool ?? (entry.type === 'approval' ? entry.tool : null),
    modelCall: entry.type === 'model' ? entry.modelCall : null,
    model: entry.type === 'model' ? modelOf(entry) : null,
    response: decision?.response,
    aarm: decision?.aarm,
    tier: decision?.tier,
    rule: decision?.rule,
    labels: labelsOf(record).join(','),
    policyDigest: decision?.policyDigest,
  }
  const parameters = Object.entries(values).map(([name, value]) => (value ? ` ${name}="${parameter(value)}"` : ''))
  return `[bailiwick@32473${parameters.join('')}]`
}

function parameter(value: string): string {
  return visible(shortened(value, longestValue)).replaceAll(/["\\\]]/g, String.raw`\$&`)
}

function printable(host: string): string {
  return host.replaceAll(/[^\x21-\x7E]/g, '').slice(0, 255) || '-'
}

/** The first bytes, without a character that is cut in two. */
function cut(message: Buffer, most: number): Buffer {
  let end = most
  while (((message[end] as number) & 0xc0) === 0x80) end -= 1
  return message.subarray(0, end)
}
