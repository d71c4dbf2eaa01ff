// A registry that does not carry the packages of other platforms leaves them out of the lock file, and `npm ci` then refuses it
// everywhere. This puts them back as what they are: optional, of the version that is asked for, for a platform named in their name.
import { readFileSync, writeFileSync } from 'node:fs'

interface LockedPackage {
  version?: string
  dev?: boolean
  devOptional?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

const path = 'package-lock.json'
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockedPackage> }
const added: string[] = []
for (const [folder, parent] of Object.entries(lock.packages)) {
  if (folder === '') continue
  for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
    if (isLocked(folder, name)) continue
    const parts = name.split(/[-/]/)
    const os = systems.filter((system) => parts.includes(system) || (system === 'win32' && parts.includes('windows')))
    const cpu = processors.filter(
      (processor) =>
        parts.includes(processor) || parts.some((part) => part === `${processor}64` || (processor === 'ppc64' && part === 'ppc64le')),
    )
    const libc = parts.includes('musl') ? ['musl'] : parts.includes('gnu') ? ['glibc'] : []
    lock.packages[`node_modules/${name}`] = {
      version: range.replace(/^[~^]/, ''),
      ...(cpu.length > 0 ? { cpu } : { cpu: ['none'] }),
      ...(parent.dev === true ? { dev: true } : {}),
      ...(libc.length > 0 ? { libc } : {}),
      optional: true,
      ...(os.length > 0 ? { os } : {}),
    }
    added.push(`${name}@${range}`)
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
console.log(added.length === 0 ? 'nothing was missing' : added.join('\n'))

function isLocked(folder: string, name: string): boolean {
  for (let from = folder; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    if (Object.hasOwn(lock.packages, `${from === '' ? '' : `${from}/`}node_modules/${name}`)) return true
    if (from === '') return false
  }
}
