import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { build, createServer } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../../../scripts/browser.ts'
import { installIntoEmptyFolder, packInto, repository, withoutOurs } from './empty-folder.ts'
import { printed, serve } from './web-page.ts'

const folders: string[] = []
const inFolder = (folder: string): string => {
  folders.push(folder)
  return folder
}
let tarballs: Record<'cedar' | 'tlog' | 'bailiwick', string>

beforeAll(() => {
  tarballs = packInto(inFolder(mkdtempSync(join(tmpdir(), 'tarballs-'))), ['cedar', 'tlog', 'bailiwick'])
}, 300_000)
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** What a script prints, run as a file of an installation, by the Node of this test. */
const outputOf = (folder: string, script: string): string[] =>
  execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8', env: withoutOurs() }).trimEnd().split('\n')

describe('All packages together', () => {
  let folder: string
  beforeAll(() => {
    folder = inFolder(installIntoEmptyFolder(Object.values(tarballs)))
  }, 300_000)

  const run = (...args: string[]): string =>
    execFileSync(join(folder, 'node_modules/.bin/bailiwick'), args, { cwd: folder, encoding: 'utf8', env: withoutOurs() })

  it('Installed from its packages into an empty folder, the command runs, whichever Node the machine has.', () => {
    expect(run('--version').trim()).toBe('0.1.0')
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

  it('Installed so, it evaluates an agent that is a module, and a new suite passes as it is.', () => {
    const manifest = join(folder, 'bailiwick.yaml')
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('tools: {}', 'tools: { echo.echo: {} }'))
    run('new', 'suite', 'first')
    writeFileSync(
      join(folder, 'agent.mjs'),
      'export default async ({ tools, call }) => { await call(tools[0].name, { text: "hi" }); return tools.map(({ name }) => name).join() }\n',
    )
    const suite = readFileSync(join(folder, 'suites/first.yaml'), 'utf8')
    writeFileSync(join(folder, 'suites/second.yaml'), suite.replace(/underTest:[\s\S]*?\n(?=\S)/, 'underTest: { module: ../agent.mjs }\n'))
    const { ok, cases } = JSON.parse(run('eval', '--json')) as { ok: boolean; cases: { suite: string; status: string; calls: unknown[] }[] }
    expect(ok).toBe(true)
    expect(cases.filter(({ suite: name }) => name === 'second').map(({ status, calls }) => [status, calls.length])).toContainEqual([
      'passed',
      1,
    ])
  })

  it('Its library and the packages beside it can be imported.', () => {
    const script =
      "const b = await import('bailiwick'); const c = await import('@bailiwick/cedar'); const t = await import('@bailiwick/tlog'); console.log([typeof b.decide, typeof c.compile, typeof t.rootHash].join())"
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' }).trim()).toBe(
      'function,function,function',
    )
  })
})

describe('@bailiwick/cedar and @bailiwick/tlog by themselves', () => {
  let folder: string
  let browser: Browser
  beforeAll(async () => {
    folder = inFolder(installIntoEmptyFolder([tarballs.cedar, tarballs.tlog]))
    const readme = blocksOf('cedar')
    writeFileSync(join(folder, 'example.mjs'), readme.js)
    writeFileSync(join(folder, 'index.html'), readme.html)
    for (const name of ['cedar-answers.mjs', 'tlog-answers.mjs']) copyFileSync(join(import.meta.dirname, name), join(folder, name))
    browser = await launchBrowser()
  }, 300_000)
  afterAll(() => browser.close())

  it('The five minutes of the README print what it says, on this Node and on whichever Node the machine has.', () => {
    const expected = [...blocksOf('cedar').js.matchAll(/\/\/ → (.*)/g)].map(([, line]) => line)
    expect(expected.length).toBeGreaterThan(2)
    expect(outputOf(folder, 'example.mjs')).toEqual(expected)
    expect(execFileSync('node', ['example.mjs'], { cwd: folder, encoding: 'utf8', env: withoutOurs() }).trim().split('\n')).toEqual(
      expected,
    )
  })

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('TypeScript finds the types with module %s and resolution %s, and refuses what they refuse.', (module, moduleResolution) => {
    writeFileSync(join(folder, 'consumer.ts'), consumer)
    const options = ['--strict', '--noEmit', '--target', 'es2024', '--lib', 'es2024,dom', '--types', '']
    const args = [...options, '--module', module, '--moduleResolution', moduleResolution, 'consumer.ts']
    execFileSync(join(repository, 'node_modules/.bin/tsc'), args, { cwd: folder, encoding: 'utf8' })
  })

  it('In a browser, the page of the README prints what the example prints in Node.', async () => {
    const site = await serve(folder)
    const expected = outputOf(folder, 'example.mjs')
    try {
      const { lines, page } = await printed(browser, site.origin, expected.length)
      expect(lines).toEqual(expected)
      await page.close()
    } finally {
      await site.stop()
    }
  })

  it.each(['cedar-answers.mjs', 'tlog-answers.mjs'])(
    'In a browser without a bundler, %s prints what it prints in Node.',
    async (script) => {
      const page = blocksOf('cedar').html.replace('example.mjs', script).replace('"imports": {', `"imports": { "@bailiwick/tlog": ${tlog},`)
      writeFileSync(join(folder, 'other.html'), page)
      const site = await serve(folder)
      try {
        expect(await printedThere(`${site.origin}/other.html`)).toEqual(outputOf(folder, script))
      } finally {
        await site.stop()
      }
    },
  )

  it('With Vite and no configuration, a page prints what Node prints, in development and when built.', async () => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/cedar-answers.mjs"></script>')
    const expected = outputOf(folder, 'cedar-answers.mjs')
    const development = await createServer({
      root: folder,
      configFile: false,
      logLevel: 'error',
      server: { host: '127.0.0.1', port: 0, hmr: false },
    })
    try {
      await development.listen()
      const url = development.resolvedUrls?.local[0]
      if (url === undefined) throw new Error('the development server has no address')
      expect(await printedThere(url)).toEqual(expected)
    } finally {
      await development.close()
    }
    await build({ root: folder, configFile: false, logLevel: 'error' })
    const site = await serve(join(folder, 'dist'))
    try {
      expect(await printedThere(site.origin)).toEqual(expected)
    } finally {
      await site.stop()
    }
  })

  const printedThere = async (url: string): Promise<string[]> => {
    const { lines, page } = await printed(browser, url, 1)
    await page.close()
    return lines
  }
})

const tlog = '"/node_modules/@bailiwick/tlog/dist/index.js"'

/** The first block of each language in a package's README. */
function blocksOf(name: string): { readonly js: string; readonly html: string } {
  const readme = readFileSync(join(repository, 'packages', name, 'README.md'), 'utf8')
  const block = (language: string): string => {
    const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1]
    if (found === undefined) throw new Error(`the README of ${name} has no ${language}`)
    return found
  }
  return { js: block('js'), html: block('html') }
}

const consumer = `
import { compile, Entities } from '@bailiwick/cedar'
import type { Answer, Entity, ParsedPolicy, Request } from '@bailiwick/cedar'
import { rootHash } from '@bailiwick/tlog'

const uid = { type: 'User', id: 'ada' }
const entity: Entity = { uid, attrs: { level: 3n, tags: ['a'] }, parents: [] }
const request: Request = { principal: uid, action: { type: 'Action', id: 'read' }, resource: uid, context: {} }
const answer: Answer = compile('permit (principal, action, resource);').authorize(request, new Entities([entity]))
export const decision: 'allow' | 'deny' = answer.decision
export const operator = (policy: ParsedPolicy): 'All' | '==' | 'in' | 'is' => policy.json.principal.op
export const hash: Function = rootHash
// @ts-expect-error a request needs a context
export const incomplete: Request = { principal: uid, action: uid, resource: uid }
// @ts-expect-error there is no such decision
export const unknown: typeof answer.decision = 'perhaps'
`
