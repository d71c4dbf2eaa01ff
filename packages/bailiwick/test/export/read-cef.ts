/** A reader of CEF that is strict about the specification: throws on what it does not allow. Independent of what writes it. */
export function readCef(line: string): { readonly header: readonly string[]; readonly extension: Readonly<Record<string, string>> } {
  if (/[\r\n]/.test(line)) throw new Error('a line within a line')
  const header: string[] = []
  let field = ''
  let at = 0
  for (; header.length < 7; at += 1) {
    const character = line[at]
    if (character === undefined) throw new Error('the header ends early')
    if (character === '\\') {
      at += 1
      if (line[at] !== '\\' && line[at] !== '|') throw new Error(`\\${String(line[at])} in the header`)
      field += line[at]
    } else if (character === '|') {
      header.push(field)
      field = ''
    } else field += character
  }
  return { header, extension: readExtension(line.slice(at)) }
}

function readExtension(text: string): Record<string, string> {
  // A key is what stands before an equals sign that is not escaped.
  const starts = [...text.matchAll(/(?:^| )([A-Za-z0-9]+)(?<!\\)=/g)]
  return Object.fromEntries(
    starts.map((start, index) => {
      const value = text.slice(start.index + start[0].length, starts[index + 1]?.index ?? text.length)
      return [start[1] as string, unescaped(value)]
    }),
  )
}

function unescaped(value: string): string {
  if (/(?<!\\)(?:\\\\)*=/.test(value)) throw new Error(`an equals sign that is not escaped in ${value}`)
  return value.replaceAll(/\\(.?)/g, (whole, character: string) => {
    const meant = { '\\': '\\', '=': '=', n: '\n', r: '\r' }[character]
    if (meant === undefined) throw new Error(`${whole} in an extension`)
    return meant
  })
}
