/** A text for a SARIF message, which is plain: what SARIF would read as a link is escaped, and signs that a viewer does not show are written out. */
export function sarifText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${(sign.codePointAt(0) as number).toString(16)}}`)
    .replaceAll(/[[\]]/g, (bracket) => `\\${bracket}`)
}

/** A file as a relative reference: each segment encoded, so that its name cannot be read as a scheme, a query or another host. */
export function sarifUri(file: string): string {
  const path = file
    .replaceAll('\\', '/')
    .split('/')
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join('/')
  return path.startsWith('//') ? `/${path.replace(/^\/+/, '')}` : path
}
