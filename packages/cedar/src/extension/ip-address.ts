import { Fault } from '../value/fault.ts'

/** Cedar's `ipaddr`: an address, or a range in CIDR notation. A single address has the longest prefix. */
export class IpAddress {
  readonly version: 4 | 6
  readonly address: bigint
  readonly prefix: number

  private constructor(version: 4 | 6, address: bigint, prefix: number) {
    this.version = version
    this.address = address
    this.prefix = prefix
  }

  /** @throws Fault unless the text is an IPv4 address, or an IPv6 address without an embedded IPv4 one, with an optional `/prefix`. */
  static parse(text: string): IpAddress {
    if (text.length > 43) throw fault(text)
    const slash = text.indexOf('/')
    const host = slash === -1 ? text : text.slice(0, slash)
    const four = parseIpv4(host)
    const address = four ?? parseIpv6(host)
    if (address === null) throw fault(text)
    const version = four === null ? 6 : 4
    const width = version === 4 ? 32 : 128
    if (slash === -1) return new IpAddress(version, address, width)
    const digits = text.slice(slash + 1)
    if (!/^(?:0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > width) throw fault(text)
    return new IpAddress(version, address, Number(digits))
  }

  get isLoopback(): boolean {
    return this.version === 4 ? this.address >> 24n === 127n && this.prefix >= 8 : this.address === 1n && this.prefix === 128
  }

  get isMulticast(): boolean {
    return this.version === 4 ? this.address >> 28n === 14n && this.prefix >= 4 : this.address >> 120n === 255n && this.prefix >= 8
  }

  isInRange(range: IpAddress): boolean {
    if (this.version !== range.version || this.prefix < range.prefix) return false
    const ignored = BigInt((this.version === 4 ? 32 : 128) - range.prefix)
    return this.address >> ignored === range.address >> ignored
  }

  /** Version, address in hexadecimal, and prefix: one text for each value, though not the usual notation. */
  get key(): string {
    return `${this.version}/${this.address.toString(16)}/${this.prefix}`
  }
}

function fault(text: string): Fault {
  return new Fault(`error while evaluating \`ipaddr\` extension function: invalid IP address: ${text}`)
}

function parseIpv4(text: string): bigint | null {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)) return null
  return BigInt(octets.reduce((address, octet) => address * 256 + Number(octet), 0))
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':'))) as [string[], string[] | undefined]
  const given = head.length + (tail?.length ?? 0)
  if (tail === undefined ? given !== 8 : given > 7) return null
  const groups = [...head, ...Array.from({ length: 8 - given }, () => '0'), ...(tail ?? [])]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  return groups.reduce((address, group) => (address << 16n) | BigInt(`0x${group}`), 0n)
}
