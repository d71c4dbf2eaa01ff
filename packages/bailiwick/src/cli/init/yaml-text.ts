const plain = /^[A-Za-z_/][A-Za-z0-9_./@-]*$/
const reserved = /^(true|false|null|yes|no|on|off|y|n)$/i
/** Everything that could end a line, hide, or make a terminal or an editor do something. */
const unfit = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu

/** A text as a YAML scalar that reads back as exactly that text, on one line, in printable characters. */
export function yamlScalar(text: string): string {
  if (plain.test(text) && !reserved.test(text)) return text
  const escaped = text.replaceAll(/[\\"]/g, '\\$&').replaceAll(unfit, (character) => {
    const code = character.codePointAt(0) as number
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `"${escaped}"`
}

/** A list on one line. */
export function yamlList(items: readonly string[]): string {
  return `[${items.map(yamlScalar).join(', ')}]`
}

/** A map on one line; its values are YAML already. */
export function yamlMap(entries: Iterable<readonly [string, string]>): string {
  const pairs = [...entries].map(([key, value]) => `${yamlScalar(key)}: ${value}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

/** A text as part of a comment: on one line, in printable characters, at most `longest` of them. */
export function commentText(text: string, longest = 160): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(unfit, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
  const characters = Array.from(line)
  return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join('')}…`
}
