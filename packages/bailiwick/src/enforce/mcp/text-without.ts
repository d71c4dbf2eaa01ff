const gramLength = 8
/** An occurrence of a text this long holds a whole gram that begins at a multiple of their length. */
const longEnough = 2 * gramLength - 1

/**
 * Takes texts out of others, longest first, and puts `[secret]` in their place. However many there are, a text that holds none of them is gone through
 * about once: it is looked at in steps, and only what stands there is searched for.
 */
export function textWithout(hidden: readonly string[]): (text: string) => string {
  const sorted = [...new Set(hidden)].toSorted((a, b) => b.length - a.length)
  const short = sorted.filter((form) => form.length < longEnough)
  const grams = new Map<string, Set<string>>()
  for (const form of sorted.filter(({ length }) => length >= longEnough))
    for (let at = 0; at < gramLength; at += 1) {
      const gram = form.slice(at, at + gramLength)
      grams.set(gram, (grams.get(gram) ?? new Set()).add(form))
    }
  return (text) => {
    const found = new Set<string>()
    for (let at = 0; at < text.length; at += gramLength)
      for (const form of grams.get(text.slice(at, at + gramLength)) ?? []) found.add(form)
    if (found.size === 0 && short.length === 0) return text
    const wanted = [...found].toSorted((a, b) => b.length - a.length)
    return [...wanted, ...short].reduce((rest, form) => rest.replaceAll(form, '[secret]'), text)
  }
}
