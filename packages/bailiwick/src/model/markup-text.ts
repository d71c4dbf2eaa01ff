/**
 * A text for SVG and HTML, in an element or between double quotes. Whatever could be read as markup is escaped, and whatever is not
 * seen (control characters, changes of direction) is written out as `\u{…}`.
 */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
    .replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The beginning of a text that would be too long for its place. */
export function shortened(text: string, longest: number): string {
  const characters = [...text]
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`
}
