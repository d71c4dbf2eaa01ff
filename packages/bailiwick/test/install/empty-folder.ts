import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repository: string = fileURLToPath(new URL('../../../../', import.meta.url))

/** Builds the packages and packs them as they would be published. Returns the paths of the tarballs by package folder. */
export function packInto<Name extends string>(folder: string, packages: readonly Name[]): Record<Name, string> {
  execFileSync('npm', ['run', '-s', 'build'], { cwd: repository, stdio: 'inherit' })
  const workspaces = packages.flatMap((name) => ['--workspace', `packages/${name}`])
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, ...workspaces], { cwd: repository, stdio: 'ignore' })
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  return Object.fromEntries(
    packages.map((name) => {
      const own = tarballs.filter((tarball) => tarball.startsWith(name === 'bailiwick' ? 'bailiwick-0' : `bailiwick-${name}-`))
      if (own.length !== 1) throw new Error(`packing ${name} gave ${tarballs.join(', ')}`)
      return [name, join(folder, own[0] as string)]
    }),
  ) as Record<Name, string>
}

/** An empty folder into which the tarballs are installed, as a stranger would. */
export function installIntoEmptyFolder(tarballs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }))
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...tarballs], { cwd: folder, stdio: 'inherit' })
  return folder
}

/** The environment without what this test run itself put in front, so that a command meets the machine's own Node. */
export function withoutOurs(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(':').filter((part) => !part.includes('node_modules'))
  return { ...process.env, NODE_OPTIONS: '', PATH: path.join(':') }
}
