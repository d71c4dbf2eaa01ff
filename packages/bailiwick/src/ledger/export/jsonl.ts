import type { ExportRecord } from './export-record.ts'

/** One line of JSON Lines, without its end. The entry stands in it byte for byte, so that its leaf hash can be taken again. */
export function jsonLine({ index, leaf, body, payloads }: ExportRecord): string {
  const kept = Object.fromEntries(
    payloads.map(({ of, hash, genuine, value }) => [of, genuine ? { hash, genuine, value } : { hash, genuine }]),
  )
  const tail = payloads.length === 0 ? '' : `,"payloads":${JSON.stringify(kept)}`
  return `{"index":${index},"leaf":${JSON.stringify(leaf)},"entry":${body}${tail}}`
}
