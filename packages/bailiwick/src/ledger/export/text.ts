/** The text in well-formed Unicode and at most `most` UTF-16 units long; one that was longer ends in `…`. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text.toWellFormed()
  // A pair that the cut would halve is left out whole.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(most - 2)) ? most - 2 : most - 1
  return `${text.slice(0, end)}…`.toWellFormed()
}

/** Control characters and line separators as visible escapes such as `\u000a`, for what must stay one line that no terminal obeys. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) as number).toString(16).padStart(4, '0')}`,
  )
}
