import { basename } from 'node:path'
import { isJsonObject } from '../../model/json.ts'
import { agentFrameworks } from './agent-frameworks.ts'
import type { FoundFramework } from './inventory.ts'
import { readStructured, readTextFile } from './read-structured.ts'

type Dependency = readonly [name: string, version: string | null]

interface Kind {
  readonly ecosystem: keyof typeof agentFrameworks
  readonly name: RegExp
  readonly read: (file: string) => readonly Dependency[] | { readonly problem: string }
}

const kinds: readonly Kind[] = [
  { ecosystem: 'npm', name: /^package\.json$/, read: (file) => fromValue(file, packageJson) },
  { ecosystem: 'npm', name: /^(package-lock|npm-shrinkwrap)\.json$/, read: (file) => fromValue(file, packageLock) },
  {
    ecosystem: 'npm',
    name: /^pnpm-lock\.yaml$/,
    read: (file) => fromText(file, (text) => matches(text, /^ {2,4}['"/]?((?:@[\w.-]+\/)?[\w.-]+)@(\d[^:('"\s]*)/gm)),
  },
  {
    ecosystem: 'npm',
    name: /^yarn\.lock$/,
    read: (file) => fromText(file, (text) => matches(text, /^"?((?:@[\w.-]+\/)?[\w.-]+)@[^\n]*:\n\s+version:? "?([^"\n]+)"?/gm)),
  },
  {
    ecosystem: 'pypi',
    name: /^(.*requirements.*|constraints)\.(txt|in)$/,
    read: (file) => fromText(file, (text) => text.split(/\r?\n/).flatMap(requirement)),
  },
  { ecosystem: 'pypi', name: /^pyproject\.toml$/, read: (file) => fromValue(file, pyproject) },
  { ecosystem: 'pypi', name: /^(uv|poetry|pdm)\.lock$/, read: (file) => fromValue(file, pythonLock) },
  {
    ecosystem: 'nuget',
    name: /\.(cs|fs|vb)proj$/,
    read: (file) =>
      fromText(file, (text) =>
        matches(text, /<PackageReference\s[^>]{0,300}?Include="([^"]{1,200})"(?:[^>]{0,300}?Version="([^"]{1,200})")?/g),
      ),
  },
  {
    ecosystem: 'go',
    name: /^go\.mod$/,
    read: (file) => fromText(file, (text) => matches(text, /^\s*(?:require\s+)?([\w.-]+\.[\w.-]+\/[\w./-]+)\s+(v[\w.+-]+)/gm)),
  },
]

export function isDependencyFile(file: string): boolean {
  return kinds.some(({ name }) => name.test(basename(file)))
}

/** The agent frameworks that a dependency file names, each once; or why it cannot be read. */
export function frameworksIn(file: string): readonly FoundFramework[] | { readonly problem: string } {
  const kind = kinds.find(({ name }) => name.test(basename(file)))
  if (kind === undefined) return []
  const dependencies = kind.read(file)
  if ('problem' in dependencies) return dependencies
  const known = agentFrameworks[kind.ecosystem]
  const found = new Map<string, FoundFramework>()
  for (const [name, version] of dependencies) {
    const plain = kind.ecosystem === 'pypi' ? name.toLowerCase().replaceAll(/[-_.]+/g, '-') : name.toLowerCase()
    const framework = Object.hasOwn(known, plain) ? known[plain] : undefined
    if (framework !== undefined && !found.has(plain)) found.set(plain, { framework, package: plain, version, file })
  }
  return [...found.values()]
}

function fromValue(
  file: string,
  dependenciesOf: (value: unknown) => readonly Dependency[],
): readonly Dependency[] | { readonly problem: string } {
  const read = readStructured(file)
  return read === null ? [] : 'problem' in read ? read : dependenciesOf(read.value)
}

function fromText(
  file: string,
  dependenciesOf: (text: string) => readonly Dependency[],
): readonly Dependency[] | { readonly problem: string } {
  const read = readTextFile(file)
  return read === null ? [] : 'problem' in read ? read : dependenciesOf(read.text)
}

function matches(text: string, form: RegExp): Dependency[] {
  return [...text.matchAll(form)].map(([, name = '', version]) => [name, version ?? null])
}

/** `name[extra]>=1.2 ; marker # comment` */
function requirement(line: string): Dependency[] {
  const match = /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*([^;#]*)/.exec(line)
  return match === null ? [] : [[match[1] as string, match[2]?.trim() || null]]
}

function packageJson(value: unknown): Dependency[] {
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((key) => versions(at(value, key)))
}

function packageLock(value: unknown): Dependency[] {
  const packages = at(value, 'packages')
  if (!isJsonObject(packages))
    return Object.entries(record(at(value, 'dependencies'))).map(([name, one]) => [name, scalar(at(one, 'version'))])
  return Object.entries(packages).flatMap(([folder, one]): Dependency[] => {
    const name = folder.split('node_modules/').at(-1) ?? ''
    return folder === '' ? [] : [[name, scalar(at(one, 'version'))]]
  })
}

function pyproject(value: unknown): Dependency[] {
  const lists = [
    at(value, 'project', 'dependencies'),
    ...Object.values(record(at(value, 'project', 'optional-dependencies'))),
    ...Object.values(record(at(value, 'dependency-groups'))),
  ]
  const poetry = ['dependencies', 'dev-dependencies'].flatMap((key) => versions(at(value, 'tool', 'poetry', key)))
  const groups = Object.values(record(at(value, 'tool', 'poetry', 'group'))).flatMap((group) => versions(at(group, 'dependencies')))
  return [
    ...lists.flatMap((list) =>
      Array.isArray(list) ? (list as readonly unknown[]).flatMap((one) => (typeof one === 'string' ? requirement(one) : [])) : [],
    ),
    ...poetry,
    ...groups,
  ]
}

function pythonLock(value: unknown): Dependency[] {
  const packages = at(value, 'package')
  return Array.isArray(packages)
    ? (packages as readonly unknown[]).map((one) => [scalar(at(one, 'name')) ?? '', scalar(at(one, 'version'))])
    : []
}

function versions(value: unknown): Dependency[] {
  return Object.entries(record(value)).map(([name, one]) => [name, scalar(one) ?? scalar(at(one, 'version'))])
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (isJsonObject(node) && Object.hasOwn(node, key) ? node[key] : undefined), value)
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {}
}

function scalar(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
