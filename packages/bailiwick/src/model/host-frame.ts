import { domainToASCII } from 'node:url'
import { deceptionIn } from './text-hygiene.ts'

/** An address without the characters by which a relay (`%`, `!`) or a reader that takes it for a URL (`/`, `?`, `#`) would find another host in it. */
const address = /^[A-Za-z0-9.$&'*+=^_`{|}~-]{1,64}@([^@\s,;<>"()[\]\\/?#:%]{1,253})$/

/** A URL on whose host every reader agrees: `//` and the host, no user name, nothing encoded in it, no backslash and no blank anywhere. */
const plainUrl = /^[a-z][a-z0-9+.-]*:\/\/[^\s\\/?#@%]+([/?#][^\s\\]*)?$/i

/** The host that an e-mail address or an absolute URL leads to, in lower-case ASCII (punycode); or why there is none that is beyond doubt. */
export function hostOf(value: string): { readonly host: string } | { readonly problem: string } {
  const deception = deceptionIn(value)
  if (deception !== null) return { problem: deception }
  const mail = address.exec(value)
  if (mail !== null) return named(mail[1] as string)
  if (!URL.canParse(value)) return { problem: 'it is neither one e-mail address nor an absolute URL' }
  const url = new URL(value)
  if (!/^(https?|wss?|ftps?|sftp):$/.test(url.protocol)) return { problem: `the scheme \`${url.protocol}\` has no host to check` }
  if (url.username !== '' || url.password !== '') return { problem: 'a URL with a user name in it can mislead about its host' }
  if (!plainUrl.test(value)) return { problem: 'it can be read as leading to more than one host; write it plainly, as `https://host/path`' }
  return named(url.hostname)
}

function named(host: string): { readonly host: string } | { readonly problem: string } {
  const ascii = domainToASCII(host).toLowerCase().replace(/\.$/, '')
  return ascii === '' || /^\.|\.\./.test(ascii) ? { problem: `\`${host}\` is not a domain name` } : { host: ascii }
}

/** True when `host` is `domain`, or lies below it where the domain is written `*.example.com`. */
export function hostWithin(host: string, domain: string): boolean {
  const ascii = domainToASCII(domain.replace(/^\*\./, '')).toLowerCase()
  return domain.startsWith('*.') ? host.endsWith(`.${ascii}`) : host === ascii
}

/** True when every host within one domain is beyond doubt within the other, either of them perhaps written `*.example.com`. */
export function domainWithin(inner: string, outer: string): boolean {
  if (inner === outer) return true
  const wild = inner.startsWith('*.')
  const ascii = domainToASCII(inner.replace(/^\*\./, '')).toLowerCase()
  if (ascii === '' || (wild && !outer.startsWith('*.'))) return false
  // What every host below `*.a.example` has in common is its end, which is that of one name directly below it.
  return hostWithin(wild ? `x.${ascii}` : ascii, outer)
}
