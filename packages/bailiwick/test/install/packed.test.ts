import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const packages = ['cedar', 'tlog', 'bailiwick']
let folder: string
let output: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packed-'))
  execFileSync('npm', ['run', '-s', 'build'], { cwd: repository, stdio: 'inherit' })
  const workspaces = packages.flatMap((name) => ['--workspace', `packages/${name}`])
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, ...workspaces], { cwd: repository, stdio: 'ignore' })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }))
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  expect(tarballs).toHaveLength(packages.length)
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...tarballs.map((name) => `./${name}`)], {
    cwd: folder,
    stdio: 'inherit',
  })
  output = execFileSync(join(folder, 'node_modules/.bin/bailiwick'), ['--version'], { cwd: folder, encoding: 'utf8', env: withoutOurs() })
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The environment without what this test run itself put in front, so that the command meets the machine's own Node. */
function withoutOurs(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(':').filter((part) => !part.includes('node_modules'))
  return { ...process.env, NODE_OPTIONS: '', PATH: path.join(':') }
}

const run = (...args: string[]): string =>
  execFileSync(join(folder, 'node_modules/.bin/bailiwick'), args, { cwd: folder, encoding: 'utf8', env: withoutOurs() })

it('Installed from its packages into an empty folder, the command runs, whichever Node the machine has.', () => {
  expect(output.trim()).toBe('0.1.0')
})

it('Installed so, it writes a manifest for a configured server, which checks.', () => {
  const server = fileURLToPath(new URL('../../../../bench/echo-server.ts', import.meta.url))
  writeFileSync(
    join(folder, '.mcp.json'),
    JSON.stringify({ mcpServers: { echo: { command: process.execPath, args: [server, '--stdio'] } } }),
  )
  run('init', '--config', '.mcp.json')
  expect(JSON.parse(run('check', '--json'))).toMatchObject({ ok: true })
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['bailiwick.yaml', 'bailiwick.lock.json', 'policies']))
})

it('Its library and the packages beside it can be imported.', () => {
  const script =
    "const b = await import('bailiwick'); const c = await import('@bailiwick/cedar'); const t = await import('@bailiwick/tlog'); console.log([typeof b.decide, typeof c.compile, typeof t.rootHash].join())"
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' }).trim()).toBe(
    'function,function,function',
  )
})
