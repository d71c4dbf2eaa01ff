import fc from 'fast-check'
import { domainToASCII } from 'node:url'
import { expect, test } from 'vitest'
import { hostOf } from '../../src/model/host-frame.ts'
import { accepts } from './frame-for.ts'

const own = { domain: 'corp.example' }

test.each([
  'ann@corp.example',
  'ann.lee+tag@corp.example',
  'ANN@CORP.EXAMPLE',
  'ann@corp.example.',
  'https://corp.example',
  'https://corp.example/',
  'https://CORP.example/a?b=c#d',
  'https://corp.example:8443/a',
  'https://corp.example./a',
  'https://corp.example/~ann@evil.example',
  'https://corp.example/?next=https://evil.example/',
  'wss://corp.example/socket',
  'sftp://corp.example/inbox',
])('The host of %j is within the domain.', (value) => {
  expect(accepts(own, value)).toBe(true)
})

test.each([
  ['another domain', 'ann@evil.example'],
  ['the domain as a subdomain of another', 'user@corp.example.evil.example'],
  ['the domain as the end of another name', 'ann@evilcorp.example'],
  ['a subdomain, which was not allowed', 'ann@sub.corp.example'],
  ['a quoted local part', '"a@corp.example"@evil.example'],
  ['a quoted local part of the domain', '"a b"@corp.example'],
  ['two addresses with a comma', 'ann@corp.example,spy@evil.example'],
  ['two addresses with a comma, the good one last', 'spy@evil.example,ann@corp.example'],
  ['two addresses with a semicolon', 'spy@evil.example;ann@corp.example'],
  ['two addresses with a blank', 'spy@evil.example ann@corp.example'],
  ['two addresses with a line break', 'ann@corp.example\r\nBcc: spy@evil.example'],
  ['a display name', 'Ann <ann@corp.example>'],
  ['a display name that is an address', 'ann@corp.example <spy@evil.example>'],
  ['two at signs', 'spy@evil.example@corp.example'],
  ['a comment', 'spy@evil.example(@corp.example)'],
  ['a route through a relay', 'spy%evil.example@corp.example'],
  ['a bang path', 'evil.example!spy@corp.example'],
  ['a source route', '@corp.example:spy@evil.example'],
  ['an address that is a URL to some readers', 'evil.example/x@corp.example'],
  ['an address that is a relative URL', '//evil.example/x@corp.example'],
  ['an address that is a URL with a query', 'evil.example?x@corp.example'],
  ['an address that is a URL with a fragment', 'evil.example#x@corp.example'],
  ['an address whose host ends in a path', 'a@corp.example/.evil.example'],
  ['an address whose host ends in a fragment', 'a@corp.example#.evil.example'],
  ['an address with an encoded host', 'a@corp%2eexample'],
  ['an address with a port', 'a@corp.example:25'],
  ['an address literal', 'a@[127.0.0.1]'],
  ['no local part', '@corp.example'],
  ['no address', 'corp.example'],
  ['nothing', ''],
  ['two trailing dots', 'ann@corp.example..'],
  ['a Cyrillic o', 'ann@c\u043erp.example'],
  ['a Cyrillic o in a URL', 'https://c\u043erp.example/'],
  ['a full-width dot', 'ann@corp\uff0eexample'],
  ['an ideographic dot', 'ann@corp\u3002example'],
  ['a fraction slash', 'https://corp.example\u2044.evil.example/'],
  ['a zero-width space', 'ann@corp.exam\u200bple'],
  ['a soft hyphen', 'ann@corp.exam\u00adple'],
  ['a right-to-left override', 'https://corp.example/\u202e'],
  ['a NUL', 'ann@corp.example\0.evil.example'],
  ['the domain as a user name', 'https://corp.example@evil.example'],
  ['the domain as user name and password', 'https://corp.example:443@evil.example/'],
  ['a user name at the right host', 'https://ann@corp.example/'],
  ['an empty user name', 'https://@corp.example/'],
  ['a backslash before the at sign', 'https://corp.example\\@evil.example'],
  ['a backslash for a slash', 'https:\\\\corp.example'],
  ['a fragment before the at sign', 'https://evil.example#@corp.example'],
  ['a query before the at sign', 'https://evil.example?@corp.example'],
  ['no slashes', 'https:corp.example'],
  ['one slash', 'https:/corp.example'],
  ['three slashes', 'https:///corp.example'],
  ['an encoded host', 'https://corp%2eexample/'],
  ['a leading blank', ' https://corp.example'],
  ['a tab', 'https://corp\t.example'],
  ['a blank in the path', 'https://corp.example/a b'],
  ['a relative URL', '//corp.example/'],
  ['a scheme without host', 'mailto:ann@corp.example'],
  ['a file', 'file://corp.example/etc/passwd'],
  ['data', 'data:text/html,corp.example'],
  ['javascript', 'javascript://corp.example/%0aalert(1)'],
  ['an unknown scheme', 'gopher://corp.example/'],
  ['the domain in the path', 'https://evil.example/corp.example'],
  ['the domain as a subdomain in a URL', 'https://corp.example.evil.example/'],
])('Refused: %s.', (_, value) => {
  expect(accepts(own, value)).toBe(false)
})

test('`*.` lets subdomains in, at any depth, and not the domain itself.', () => {
  const below = { domain: '*.corp.example' }
  for (const inside of ['a@x.corp.example', 'https://a.b.corp.example/']) expect(accepts(below, inside)).toBe(true)
  for (const outside of ['a@corp.example', 'a@xcorp.example', 'https://x.corp.example.evil.example/', 'a@.corp.example'])
    expect(accepts(below, outside)).toBe(false)
})

test('A name in another script is compared in its ASCII form.', () => {
  const german = { domain: 'b\u00fccher.example' }
  for (const inside of ['a@b\u00fccher.example', 'a@xn--bcher-kva.example', 'https://B\u00dcCHER.example/'])
    expect(accepts(german, inside)).toBe(true)
  expect(accepts(german, 'a@bu\u0308cher.example')).toBe(false)
  expect(accepts(german, 'a@bucher.example')).toBe(false)
})

test('A numeric host has many spellings and one meaning.', () => {
  for (const spelling of ['http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://0177.0.0.1/']) {
    expect(accepts({ domain: '127.0.0.1' }, spelling)).toBe(true)
    expect(accepts(own, spelling)).toBe(false)
  }
})

test('A domain that is none, or is empty, lets nothing through.', () => {
  for (const domain of ['$empty', '*.', 'a b', '*'])
    for (const value of ['a@corp.example', 'https://corp.example/', 'a@x', 'file:///x'])
      expect(accepts({ domain }, value, { empty: '' })).toBe(false)
})

/** Hosts that other readers would find: RFC 3986 by its own regular expression (appendix B), an e-mail address by its last at sign. */
function otherReadings(value: string): string[] {
  const authority = /^(?:[^:/?#]+:)?(?:\/\/([^/?#]*))?/.exec(value)?.[1]
  const uri = authority === undefined ? [] : [authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '')]
  const bare = value.includes('://') ? [] : [value.slice(value.lastIndexOf('@') + 1)]
  const browser = URL.canParse(value) ? [new URL(value).hostname] : []
  return [...uri, ...bare, ...browser].map((host) => host.toLowerCase().replace(/\.$/, ''))
}

test('Whatever is put together from dangerous parts, every reader finds the host that the frame found.', () => {
  const part = fc.constantFrom(
    'https:',
    'http:',
    'ws:',
    '/',
    '//',
    '\\',
    '@',
    ':',
    '?',
    '#',
    '%',
    '%2e',
    '.',
    '..',
    'corp.example',
    'evil.example',
    'a',
    ' ',
    ',',
    '<',
    '>',
    '"',
    '[',
    ']',
    '(',
    '\t',
    '443',
    '\u3002',
    '\u0441',
    '!',
    '+',
    '-',
    '&',
    ';',
  )
  let accepted = 0
  const check = (value: string): void => {
    if (!accepts(own, value)) return
    accepted += 1
    for (const host of otherReadings(value)) expect(domainToASCII(host), value).toBe('corp.example')
  }
  const some = (most: number): fc.Arbitrary<string> => fc.array(part, { maxLength: most }).map((parts) => parts.join(''))
  const anchored = fc.tuple(
    fc.constantFrom('https://', 'a@', 'https:', ''),
    some(2),
    fc.constantFrom('corp.example', '@corp.example', ''),
    some(2),
  )
  fc.assert(fc.property(some(9), check), { numRuns: 3000 })
  fc.assert(
    fc.property(anchored, (parts) => check(parts.join(''))),
    { numRuns: 10_000 },
  )
  expect(accepted).toBeGreaterThan(100)
})

test('Any text is answered with a host in ASCII or with a reason.', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.emailAddress()), (value) => {
      const found = hostOf(value)
      expect('host' in found ? found.host : found.problem).not.toBe('')
      if ('host' in found) expect(found.host).toMatch(/^[\x21-\x7e]+$/)
    }),
    { numRuns: 2000 },
  )
})
