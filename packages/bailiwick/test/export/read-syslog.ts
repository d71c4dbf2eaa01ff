export interface SyslogFields {
  readonly priority: number
  readonly timestamp: string
  readonly host: string
  readonly app: string
  readonly process: string
  readonly id: string
  readonly data: Readonly<Record<string, string>>
  readonly message: string
}

/** A reader of RFC 5424 by its grammar: throws on what it does not allow. Independent of what writes it. */
export function readSyslog(bytes: Buffer): SyslogFields {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  const printable = '[\\x21-\\x7e]'
  const header = new RegExp(
    `^<(\\d{1,3})>1 (\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{1,6}Z) (${printable}{1,255}) (${printable}{1,48}) (${printable}{1,128}) (${printable}{1,32}) \\[bailiwick@32473`,
    'u',
  ).exec(text)
  if (header === null) throw new Error(`no header of RFC 5424: ${text.slice(0, 200)}`)
  const data: Record<string, string> = {}
  const parameter = /^ ([\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"/u
  let rest = text.slice(header[0].length)
  for (let match = parameter.exec(rest); match !== null; match = parameter.exec(rest)) {
    data[match[1] as string] = (match[2] as string).replaceAll(/\\(["\\\]])/g, '$1')
    rest = rest.slice(match[0].length)
  }
  if (!rest.startsWith('] \uFEFF')) throw new Error(`what follows the data is ${rest.slice(0, 80)}`)
  const [, priority, timestamp, host, app, process, id] = header as unknown as string[]
  return {
    priority: Number(priority),
    timestamp: timestamp as string,
    host: host as string,
    app: app as string,
    process: process as string,
    id: id as string,
    data,
    message: rest.slice(3),
  }
}
