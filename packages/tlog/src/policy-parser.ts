import { COSIGNATURE_TYPE } from './cosignature.ts'
import { encodeHex } from './bytes.ts'
import { TlogError } from './error.ts'
import { parseNoteKey, type NoteKey } from './note-key.ts'
import { decodeText } from './note-text.ts'
import type { PolicyLog, PolicyWitness, QuorumRule, TrustPolicy } from './policy.ts'
import { parseSize } from './size.ts'

const MAX_SIZE = 2 ** 20
/** How many logs, witnesses and groups there may be, of each. */
const MAX_DEFINITIONS = 256

/** Signature types that are no cosignatures: a witness must not have such a key. */
const UNTIMED_TYPES: ReadonlySet<number> = new Set([1, 2, 3, 5])
/** Signature types with an Ed25519 key of 32 bytes. */
const ED25519_TYPES: ReadonlySet<number> = new Set([1, COSIGNATURE_TYPE])

/**
 * Reads a trust policy (C2SP tlog-policy). Every rule of the specification is kept: names once defined and not `none`,
 * each a member at most once, defined before use; no public key twice among the logs nor among the witnesses, whatever its
 * names and types; one quorum. Keys of unknown signature types are read: no signature by them will be found. Refused beyond the
 * specification: text without a newline at its end, over 1 MiB, over 256 logs, witnesses or groups, and vkeys whose ID is
 * not derived as `noteKey` does. Throws `TlogError` `bad_policy`, with the line.
 */
export function parsePolicy(policy: string | Uint8Array): TrustPolicy {
  const bytes = typeof policy === 'string' ? encode(policy) : policy
  if (bytes.length > MAX_SIZE) throw new TlogError('bad_policy', `the policy is longer than ${MAX_SIZE} bytes`)
  const control = bytes.find((byte) => (byte < 0x20 && byte !== 0x09 && byte !== 0x0a) || byte === 0x7f)
  if (control !== undefined)
    throw new TlogError('bad_policy', `the policy has the control character \`${control}\`; only tab and newline are allowed`)
  // Names are octets: each is one character here, whatever text they are.
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  if (!text.endsWith('\n')) throw new TlogError('bad_policy', 'the policy must end in a newline')
  const reading = new PolicyReading()
  text
    .slice(0, -1)
    .split('\n')
    .forEach((line, i) => {
      const items = line.split(/[ \t]+/).filter((item) => item !== '')
      if (items.length === 0 || items[0]!.startsWith('#')) return
      try {
        reading.line(items)
      } catch (error) {
        if (!(error instanceof TlogError)) throw error
        throw new TlogError('bad_policy', `line ${i + 1} of the policy: ${error.message}`, { cause: error })
      }
    })
  return reading.policy()
}

class PolicyReading {
  readonly #logs: PolicyLog[] = []
  readonly #witnesses: PolicyWitness[] = []
  #groups = 0
  /** What witnesses and groups are named, by the octets of the name. */
  readonly #named = new Map<string, QuorumRule>()
  readonly #members = new Set<string>()
  #quorum: QuorumRule | null | undefined

  line([keyword, ...items]: readonly string[]): void {
    switch (keyword) {
      case 'log':
        return this.#log(items)
      case 'witness':
        return this.#witness(items)
      case 'group':
        return this.#group(items)
      case 'quorum':
        return this.#setQuorum(items)
      default:
        throw bad(`\`${shown(keyword!)}\` is not \`log\`, \`witness\`, \`group\` or \`quorum\``)
    }
  }

  policy(): TrustPolicy {
    if (this.#quorum === undefined) throw bad('the policy has no `quorum` line')
    return { logs: this.#logs, witnesses: this.#witnesses, quorum: this.#quorum }
  }

  #log([vkey, url, ...more]: readonly string[]): void {
    if (vkey === undefined || more.length > 0) throw bad('a log is `log <vkey> [<url>]`')
    const key = keyOf(vkey)
    assertNew(key, this.#logs)
    this.#logs.push({ key, url: url === undefined ? null : shown(url) })
  }

  #witness([name, vkey, url, ...more]: readonly string[]): void {
    if (name === undefined || vkey === undefined || more.length > 0) throw bad('a witness is `witness <name> <vkey> [<url>]`')
    const key = keyOf(vkey)
    if (UNTIMED_TYPES.has(key.type))
      throw bad(`the key of witness \`${shown(name)}\` is of type ${key.type}, which is not for cosignatures`)
    assertNew(key, this.#witnesses)
    const witness = { name: shown(name), key, url: url === undefined ? null : shown(url) }
    this.#define(name, { kind: 'witness', witness })
    this.#witnesses.push(witness)
  }

  #group([name, size, ...names]: readonly string[]): void {
    if (name === undefined || size === undefined || names.length === 0) throw bad('a group is `group <name> all|any|<k> <name>...`')
    const threshold = size === 'any' ? 1 : size === 'all' ? names.length : parseSize(size)
    if (threshold === null || threshold < 1 || threshold > names.length) {
      throw bad(`\`${shown(size)}\` is not \`all\`, \`any\` or a number from 1 to ${names.length}, the number of members`)
    }
    const members = names.map((member) => {
      const rule = this.#find(member)
      if (this.#members.has(member)) throw bad(`\`${shown(member)}\` is a member of a group already`)
      this.#members.add(member)
      return rule
    })
    if (++this.#groups > MAX_DEFINITIONS) throw bad(`there are over ${MAX_DEFINITIONS} groups`)
    this.#define(name, { kind: 'group', name: shown(name), threshold, members })
  }

  #setQuorum([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0) throw bad('a quorum is `quorum <name>`')
    if (this.#quorum !== undefined) throw bad('there is a quorum already')
    this.#quorum = name === 'none' ? null : this.#find(name)
  }

  #define(name: string, rule: QuorumRule): void {
    if (name === 'none') throw bad('the name `none` stands for no quorum')
    if (this.#named.has(name)) throw bad(`\`${shown(name)}\` is defined already`)
    this.#named.set(name, rule)
  }

  #find(name: string): QuorumRule {
    const rule = this.#named.get(name)
    if (rule === undefined) throw bad(`\`${shown(name)}\` is not defined on a line before`)
    return rule
  }
}

function keyOf(octets: string): NoteKey {
  const key = parseNoteKey(decodeText('bad_policy', 'the vkey', octetsOf(octets)))
  if (ED25519_TYPES.has(key.type) && key.publicKey.length !== 32) throw bad(`the Ed25519 key of \`${key.name}\` is not 32 bytes`)
  return key
}

/** Throws if the key is there already, under whatever name and type, or could not be told from one that is. */
function assertNew(key: NoteKey, others: readonly { readonly key: NoteKey }[]): void {
  if (others.length >= MAX_DEFINITIONS) throw bad(`there are over ${MAX_DEFINITIONS} of this kind`)
  const publicKey = encodeHex(key.publicKey)
  for (const { key: other } of others) {
    if (encodeHex(other.publicKey) === publicKey)
      throw bad(`the public key of \`${key.name}\` is that of \`${other.name}\` on a line before`)
    if (other.name === key.name && other.id === key.id) throw bad(`another key has the name \`${key.name}\` and the ID \`${key.id}\` too`)
  }
}

function bad(problem: string): TlogError {
  return new TlogError('bad_policy', problem)
}

function encode(text: string): Uint8Array {
  if (!text.isWellFormed()) throw bad('the policy has half a surrogate pair')
  return new TextEncoder().encode(text)
}

function octetsOf(octets: string): Uint8Array {
  return Uint8Array.from(octets, (char) => char.charCodeAt(0))
}

/** A name as text: read as UTF-8 where it is that. For people only. */
function shown(octets: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(octetsOf(octets))
}
