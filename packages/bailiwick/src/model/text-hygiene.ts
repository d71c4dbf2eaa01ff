/** Invisible and direction-changing characters, that let a text look like another. */
const deceptive = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u

/** Look-alikes of `.`, `/` and `\`, some of which programs fold into them. */
const separatorTwin = /[\u2024\u2025\u2044\u2215\u29f5\u29f8\u29f9\u3002\ufe52\ufe68\uff0e\uff0f\uff3c\uff61]/u

/** What makes a text unfit to name a file, a host or a person; null when nothing does. */
export function deceptionIn(text: string): string | null {
  const found = deceptive.exec(text)
  if (found !== null)
    return `it holds the invisible or control character U+${(found[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`
  const twin = separatorTwin.exec(text)
  if (twin !== null) return `it holds \`${twin[0]}\`, which only looks like a dot or a slash`
  if (text.normalize('NFC') !== text) return 'it is not in Unicode normal form C'
  return null
}

/** True when two names differ but look the same or nearly so: equal after compatibility folding, removal of the invisible, and of the commonest Cyrillic and Greek look-alikes. */
export function lookAlike(a: string, b: string): boolean {
  return a !== b && skeleton(a) === skeleton(b)
}

/** Cyrillic, Greek and other letters that most typefaces draw like an ASCII one, as pairs. */
const twinPairs =
  '\u0430a \u0435e \u043eo \u0440p \u0441c \u0443y \u0445x \u0455s \u0456i \u0458j \u0501d \u04bbh \u051bq \u051dw \u03bfo \u03b1a \u03bdv \u03b9i \u03c1p \u03f2c \u0261g \u0131i \u2044/ \u2215/ \u2024. \u2010-'
const twins: ReadonlyMap<string, string> = new Map(twinPairs.split(' ').map((pair) => [pair[0] as string, pair[1] as string]))

function skeleton(text: string): string {
  const folded = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\p{Cf}|\p{Mn}/gu, '')
  return [...folded].map((character) => twins.get(character) ?? character).join('')
}
