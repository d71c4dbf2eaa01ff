import { posix } from 'node:path'

/** A source file by its path from the root of the repository, such as `packages/tlog/src/tree.ts`, and its text. */
export type SourceFiles = ReadonlyMap<string, string>

/** What each room may import of the other rooms. A room that is not here may import nothing and be imported by `cli` only. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  model: [],
  decide: ['model'],
  ledger: ['model', 'decide', 'authority', 'oversight'],
  authority: ['model', 'decide', 'ledger', 'oversight'],
  oversight: ['model', 'decide', 'ledger', 'authority'],
  enforce: ['model', 'decide', 'ledger', 'authority', 'oversight'],
  evals: ['model', 'decide', 'ledger', 'authority', 'oversight', 'enforce'],
  assess: ['model', 'decide', 'ledger'],
  storage: ['model', 'ledger', 'authority', 'oversight'],
  cli: ['model', 'decide', 'ledger', 'authority', 'oversight', 'enforce', 'evals', 'assess', 'storage'],
  testing: ['model', 'decide', 'ledger', 'authority', 'oversight', 'enforce', 'evals', 'assess', 'storage', 'cli'],
  '': ['model', 'decide', 'ledger', 'authority', 'oversight', 'enforce'],
}

/** What each package may import of the other packages. */
const packages: Readonly<Record<string, readonly string[]>> = {
  cedar: [],
  tlog: [],
  bailiwick: ['@bailiwick/cedar', '@bailiwick/tlog', '@bailiwick/tlog/node'],
}

const longest = 400

/** Everything that breaks the rules of the house, one line each; empty when nothing does. */
export function breaches(files: SourceFiles): string[] {
  const imports = new Map([...files].map(([file, text]) => [file, importsOf(text).map((specifier) => resolved(file, specifier))]))
  return [
    ...[...files].flatMap(([file, text]) => tooLong(file, text)),
    ...[...imports].flatMap(([file, targets]) => targets.flatMap((target) => importBreach(file, target, files))),
    ...cyclesIn(imports).map((cycle) => `files import each other: ${cycle.join(' -> ')}`),
    ...cyclesIn(roomsOf(imports)).map((cycle) => `rooms import each other: ${cycle.join(' -> ')}`),
  ]
}

/** The specifiers of all imports of a file: static, for types, for effect, re-exports and dynamic ones. */
export function importsOf(text: string): string[] {
  const code = text.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '')
  const forms = [
    /\b(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*['"]([^'"]+)['"]/g,
    /\bimport\s*\(\s*['"`]([^'"`]+)['"`]/g,
    /\brequire\s*\(\s*['"`]([^'"`]+)['"`]/g,
  ]
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] as string))
}

function resolved(file: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier
}

function tooLong(file: string, text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n').length
  return lines > longest ? [`${file} has ${lines} lines, over ${longest}`] : []
}

function importBreach(file: string, target: string, files: SourceFiles): string[] {
  const from = placeOf(file)
  if (from === null) return [`${file} is no source file of a package`]
  const to = placeOf(target)
  if (to === null) {
    if (target.startsWith('packages/') || target.startsWith('.')) return [`${file} imports ${target}, outside of any package's src`]
    const name = target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/')
    const ours = name === 'bailiwick' || name.startsWith('@bailiwick/')
    if (ours && !(packages[from.package] ?? []).includes(target)) return [`${file} imports ${target}, which its package may not`]
    if (from.package === 'tlog' && target.startsWith('node:')) {
      return from.room === 'node' ? [] : [`${file} imports ${target}, but tlog runs without Node`]
    }
    return from.package === 'tlog' && !ours ? [`${file} imports ${target}, but tlog has no dependencies`] : []
  }
  if (!files.has(target)) return [`${file} imports ${target}, which is not there`]
  if (from.package !== to.package) return [`${file} imports ${target} by its path, out of another package`]
  if (from.package === 'tlog' && from.room === '' && to.room === 'node') return [`${file} imports ${target}, but tlog runs without Node`]
  if (from.package !== 'bailiwick' || from.room === to.room) return []
  return (rooms[from.room] ?? []).includes(to.room)
    ? []
    : [`${file} imports ${target}: ${from.room || 'the index'} may not import ${to.room || 'the index'}`]
}

function placeOf(file: string): { package: string; room: string } | null {
  const match = /^packages\/([^/]+)\/src\/(?:([^/]+)\/)?.*\.ts$/.exec(file)
  return match === null ? null : { package: match[1] as string, room: match[2] ?? '' }
}

function roomsOf(imports: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const graph = new Map<string, string[]>()
  for (const [file, targets] of imports) {
    const from = placeOf(file)
    if (from === null || from.package !== 'bailiwick') continue
    const reached = targets.flatMap((target) => placeOf(target)?.room ?? []).filter((room) => room !== from.room)
    graph.set(from.room, [...(graph.get(from.room) ?? []), ...reached])
  }
  return graph
}

/** One cycle for each that a walk in depth comes upon; empty for an acyclic graph. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>()
  const cycles: string[][] = []
  const visit = (node: string, way: readonly string[]): void => {
    const at = way.indexOf(node)
    if (at !== -1) {
      cycles.push([...way.slice(at), node])
      return
    }
    if (done.has(node)) return
    for (const next of graph.get(node) ?? []) visit(next, [...way, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return cycles
}
