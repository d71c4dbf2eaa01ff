import { TlogError, type TlogErrorCode } from './error.ts'

/** Throws `TlogError` with `code` if `text` has half a surrogate pair or a control character other than newline. */
export function assertPlainText(code: TlogErrorCode, what: string, text: string): void {
  if (!text.isWellFormed()) throw new TlogError(code, `${what} has half a surrogate pair; it must be valid Unicode`)
  // oxlint-disable-next-line no-control-regex
  const control = /[\u0000-\u0009\u000b-\u001f]/.exec(text)
  if (control === null) return
  const point = control[0].charCodeAt(0).toString(16).padStart(4, '0')
  throw new TlogError(code, `${what} has the control character \`U+${point}\`; only newline is allowed`)
}

/** The text that UTF-8 bytes stand for; a text is given back as it is. Throws `TlogError` with `code` if the bytes are not valid UTF-8. */
export function decodeText(code: TlogErrorCode, what: string, text: string | Uint8Array): string {
  if (typeof text === 'string') return text
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
  } catch (cause) {
    throw new TlogError(code, `${what} is not valid UTF-8`, { cause })
  }
}
