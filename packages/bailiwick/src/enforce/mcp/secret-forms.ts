const shortestSecret = 4
/** How long a part of a secret, or an encoding of one, must be to be looked for: shorter ones stand in honest text by chance. */
const shortestForm = 8

/**
 * The texts by which a secret is known when somebody says it: itself, the part of it that is the secret proper, and what the usual encodings make of it.
 * Base64 is known wherever the secret stands in what was encoded, but for a character at either end. What is compressed, encrypted, spelled out, cut into
 * pieces or encoded in a way of its own is not known by any of them.
 */
export function secretForms(secret: string): string[] {
  if (secret.length < shortestSecret) return []
  const parts = [...new Set([secret, ...properParts(secret)])]
  return [...new Set([...parts, ...parts.flatMap(encodings).filter((form) => form.length >= shortestForm)])]
}

/** What stands after `Bearer`, as the password of `Basic` or of an address, and the long lines of a key. */
function properParts(secret: string): string[] {
  const found: string[] = []
  const credentials = /^[A-Za-z-]+ +(\S.*)$/.exec(secret)?.[1]
  if (credentials !== undefined) {
    found.push(credentials)
    const [, password] = /^[^:]*:(.+)$/s.exec(Buffer.from(credentials, 'base64').toString('utf8')) ?? []
    if (/^basic /i.test(secret) && password !== undefined) found.push(password)
  }
  if (URL.canParse(secret)) {
    const { password } = new URL(secret)
    found.push(password, decoded(password))
  }
  if (secret.includes('\n'))
    found.push(...secret.split(/\r?\n/).filter((line) => line.length >= 2 * shortestForm && !line.startsWith('-----')))
  return found.filter((part) => part.length >= shortestForm)
}

function encodings(text: string): string[] {
  if (text.length < shortestForm) return []
  const bytes = Buffer.from(text)
  const hex = bytes.toString('hex')
  const percent = hex.replaceAll(/../g, '%$&')
  const component = encodeURIComponent(text.toWellFormed())
  const lower = component.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
  const encoded = [0, 1, 2].flatMap((before) => [base64Within(bytes, before, 'base64'), base64Within(bytes, before, 'base64url')])
  const reversed = [...text].toReversed().join('')
  const quoted = JSON.stringify(text).slice(1, -1)
  const plus = component.replaceAll('%20', '+')
  return [hex, hex.toUpperCase(), percent, percent.toUpperCase(), component, lower, plus, reversed, quoted, ...encoded]
}

/** What base64 makes of bytes that stand behind others, whatever those are, as far as it is the same for all of them. */
function base64Within(bytes: Buffer, before: number, alphabet: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(alphabet)
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}
