const longest = 63

/** A toolbox's name made from a server's: letters, digits and hyphens, beginning with a letter, and not among `taken` in any case. */
export function toolboxName(server: string, taken: ReadonlySet<string>): string {
  const plain = server
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^[^A-Za-z]+|-+$/g, '')
  const base = (plain === '' ? 'toolbox' : plain).slice(0, longest - 4).replace(/-+$/, '')
  const used = new Set([...taken].map((name) => name.toLowerCase()))
  let name = base
  for (let count = 2; used.has(name.toLowerCase()); count += 1) name = `${base}-${count}`
  return name
}
