import { BailiwickError } from '../../model/bailiwick-error.ts'

/** A PKCS#11 URI (RFC 7512) that names one key in one device. */
export interface Pkcs11Uri {
  /** What the device must be: its own label and other properties that were given. */
  readonly device: Readonly<Partial<Record<'token' | 'serial' | 'manufacturer' | 'model', string>>>
  /** Label of the key's objects; null when `id` alone says which they are. */
  readonly object: string | null
  readonly id: Uint8Array | null
  /** The library that speaks to the device; null when the environment is to say. */
  readonly modulePath: string | null
  /** The file that holds the PIN; null when the environment is to hold it. */
  readonly pinFile: string | null
  /** The URI without its query: what may be shown to anybody. */
  readonly shown: string
}

const deviceAttributes = ['token', 'serial', 'manufacturer', 'model'] as const

/**
 * Reads a PKCS#11 URI. It must say which device (`token` or `serial`) and which key (`object` or `id`); nothing is left out of account.
 * @throws BailiwickError `KEY_DEVICE`, which never repeats the query: somebody may have written a PIN there
 */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  const [, path, query] = /^pkcs11:([^?#]*)(?:\?([^#]*))?$/.exec(text) ?? []
  if (path === undefined) throw malformed('it must have the form `pkcs11:token=…;object=…?module-path=…&pin-source=file:…`')
  const named = attributesOf(path, ';')
  const asked = attributesOf(query ?? '', '&')
  if (asked.has('pin-value'))
    throw malformed('a PIN does not belong into it', 'put the PIN into a file (`chmod 600`) and name that: `pin-source=file:/…`')
  for (const name of named.keys())
    if (![...deviceAttributes, 'object', 'id', 'type'].includes(name)) throw malformed(`the attribute \`${name}\` is not understood`)
  for (const name of asked.keys())
    if (!['module-path', 'pin-source'].includes(name)) throw malformed(`the attribute \`${name}\` of its query is not understood`)
  if (!['private', undefined].includes(named.get('type')?.toString('utf8'))) throw malformed('its `type` is not `private`')
  const device = Object.fromEntries(deviceAttributes.flatMap((name) => (named.has(name) ? [[name, textOf(named, name)]] : [])))
  if (!named.has('token') && !named.has('serial')) throw malformed('it does not say which device: `token` or `serial`')
  if (!named.has('object') && !named.has('id')) throw malformed('it does not say which key: `object` or `id`')
  return {
    device,
    object: textOf(named, 'object'),
    id: named.get('id') ?? null,
    modulePath: absolute(textOf(asked, 'module-path'), 'module-path'),
    pinFile: absolute(textOf(asked, 'pin-source')?.replace(/^file:(\/\/(?=\/))?/, '') ?? null, 'pin-source'),
    shown: `pkcs11:${path}`,
  }
}

function attributesOf(text: string, separator: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  for (const part of text.split(separator)) {
    if (part === '') continue
    const [, name, value] = /^([A-Za-z0-9_-]+)=(.*)$/s.exec(part) ?? []
    if (name === undefined || value === undefined || value === '') throw malformed('each attribute must have a name and a value')
    if (found.has(name)) throw malformed(`the attribute \`${name}\` is there twice`)
    found.set(name, unescaped(name, value))
  }
  return found
}

function unescaped(name: string, value: string): Buffer {
  if (/%(?![0-9A-Fa-f]{2})/.test(value))
    throw malformed(`the attribute \`${name}\` has a \`%\` that is not followed by two hexadecimal digits`)
  const bytes = value
    .split(/(%[0-9A-Fa-f]{2})/)
    .map((part) => Buffer.from(part.startsWith('%') ? part.slice(1) : part, part.startsWith('%') ? 'hex' : 'utf8'))
  return Buffer.concat(bytes)
}

function textOf(attributes: ReadonlyMap<string, Buffer>, name: string): string | null {
  return attributes.get(name)?.toString('utf8') ?? null
}

function absolute(path: string | null, name: string): string | null {
  if (path === null || path.startsWith('/')) return path
  throw malformed(`its \`${name}\` is no absolute path of a file`)
}

function malformed(problem: string, mend?: string): BailiwickError {
  return new BailiwickError('KEY_DEVICE', `the PKCS#11 URI cannot be used: ${problem}`, mend === undefined ? {} : { mend })
}
