import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Manifest } from '../../src/model/manifest.ts'
import { clientConfig, fixtureServer, folderWith, runCli } from './run-cli.ts'
import { toolNamed } from './written-manifest.ts'

const filesystemServer = fileURLToPath(
  new URL('../../../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js', import.meta.url),
)
const tools = JSON.stringify({ tools: [toolNamed('get_note')] })

/** A configured server that offers the tools of a file. */
function fixture(file: string, rest: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { command: process.execPath, args: [fixtureServer, file], ...rest }
}

function written(cwd: string): { text: string; manifest: Manifest } {
  const text = readFileSync(join(cwd, 'bailiwick.yaml'), 'utf8')
  return { text, manifest: parse(text) as Manifest }
}

test('Servers are found wherever the clients on this machine keep them, each once, and the result passes `check`.', async () => {
  const claude = { darwin: 'home/Library/Application Support', win32: 'roaming' }[process.platform as string] ?? 'home/xdg'
  const root = folderWith({ 'project/tools.json': tools })
  const shared = fixture(join(root, 'project/tools.json'))
  const other = (n: number): Record<string, unknown> => ({ ...shared, env: { N: String(n) } })
  const cwd = join(root, 'project')
  const places: Readonly<Record<string, string>> = {
    'project/.mcp.json': clientConfig({ 'of project': fixture('tools.json'), bailiwick: { command: 'npx', args: ['bailiwick', 'mcp'] } }),
    'project/.cursor/mcp.json': clientConfig({ cursor: other(1), off: { ...shared, disabled: true } }),
    'project/.vscode/mcp.json': `\uFEFF{ // as editors write it\n "servers": { "code": ${JSON.stringify(other(2))}, }, }`,
    'home/.cursor/mcp.json': clientConfig({ cursor: other(3), twice: { ...other(1), cwd } }),
    'home/.codeium/windsurf/mcp_config.json': clientConfig({ windsurf: other(4) }),
    [`${claude}/Claude/claude_desktop_config.json`]: clientConfig({ claude: other(5) }),
  }
  for (const [name, text] of Object.entries(places)) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  const env = {
    HOME: join(root, 'home'),
    USERPROFILE: join(root, 'home'),
    XDG_CONFIG_HOME: join(root, 'home/xdg'),
    APPDATA: join(root, 'roaming'),
  }
  const { code, stdout, stderr } = await runCli(['init', '--json'], { cwd, env })
  expect(stderr).toContain('passed over bailiwick')
  expect(stderr).toContain('passed over off')
  expect(code).toBe(0)
  const names = ['of-project', 'cursor', 'code', 'cursor-2', 'windsurf', 'claude']
  expect((JSON.parse(stdout) as { toolboxes: { name: string }[] }).toolboxes.map(({ name }) => name)).toEqual(names)
  expect(Object.keys(written(cwd).manifest.toolboxes)).toEqual(names)
  expect((await runCli(['check'], { cwd, env })).code).toBe(0)
})

test('Secrets are used to start a server and copied nowhere.', async () => {
  const secrets = ['hunter2-of-github', 'ghp_0123456789abcdef', 'postgres://me:pa55word@db/x', 'hunter2-of-linear']
  const [key, personal, address, second] = secrets as [string, string, string, string]
  const echo = (names: string): unknown[] => [fixtureServer, 'tools.json', names]
  const cwd = folderWith({
    'tools.json': tools,
    '.mcp.json': clientConfig({
      github: {
        ...fixture(''),
        args: echo('$API_KEY $PERSONAL $DB $LEVEL'),
        env: { API_KEY: key, PERSONAL: personal, DB: address, LEVEL: 'debug' },
      },
      linear: { ...fixture(''), args: echo('$API_KEY $HOST'), env: { API_KEY: second, HOST: '${SOME_HOST}' } },
      argument: fixture('tools.json', { args: [fixtureServer, 'tools.json', '--api-key', key] }),
      query: { url: `https://mcp.corp.example/mcp?apiKey=${key}` },
    }),
  })
  const { code, stdout, stderr } = await runCli(['init', '--json'], { cwd, env: { SOME_HOST: 'host.example' } })
  expect(code).toBe(1)
  const files = ['bailiwick.yaml', 'bailiwick.lock.json', 'policies/starter.cedar'].map((name) => readFileSync(join(cwd, name), 'utf8'))
  for (const secret of secrets) for (const text of [stdout, stderr, ...files]) expect(text).not.toContain(secret)
  const { manifest, text } = written(cwd)
  expect(manifest.toolboxes['github']?.mcp.env).toEqual({
    API_KEY: { env: 'API_KEY' },
    PERSONAL: { env: 'PERSONAL' },
    DB: { env: 'DB' },
    LEVEL: 'debug',
  })
  // The two values need two variables, and the server was started with its own.
  expect(manifest.toolboxes['linear']?.mcp.env).toEqual({ API_KEY: { env: 'LINEAR_API_KEY' }, HOST: { env: 'SOME_HOST' } })
  expect(text).toContain('# set LINEAR_API_KEY in the environment of the gateway')
  expect(stderr).toContain('[github] [secret] [secret] [secret] debug')
  expect(stderr).toContain('[linear] [secret] [secret]')
  expect(stderr).toMatch(/left out argument: its argument 4 looks like a secret/)
  expect(stderr).toMatch(/left out query: its address holds what looks like a secret/)
  expect(JSON.parse(stdout)).toMatchObject({
    client: { mcpServers: { bailiwick: { env: { LINEAR_API_KEY: expect.stringContaining('API_KEY of linear') as string } } } },
  })
})

test('A header that authenticates becomes a variable of the gateway, and a server that cannot be reached is left out.', async () => {
  const cwd = folderWith({
    'tools.json': tools,
    'a.json': clientConfig({
      remote: { type: 'sse', url: 'http://127.0.0.1:9/mcp', headers: { Authorization: 'Bearer hunter2' } },
      local: fixture('tools.json'),
    }),
  })
  const { code, stderr } = await runCli(['init', '--config', 'a.json', '--timeout', '5s'], { cwd })
  expect(code).toBe(1)
  expect(stderr).toMatch(/left out remote: .*SSE/)
  expect(stderr).not.toContain('hunter2')
})

test('Nothing that a server says of its tools leaves its place in the manifest.', async () => {
  const hostile = [
    toolNamed('innocent', 'reads\npolicies: {}\n\u001B[2J\u0085agents: {}\u2028goals: {} \u202E # "quoted" \'`*&'),
    {
      ...toolNamed('argued'),
      inputSchema: { type: 'object', properties: { 'to": x }\n  evil: { effect: read }\n# to': { type: 'string' } } },
    },
    toolNamed('evil\n      smuggled: { effect: read }'),
    toolNamed('\u001B]0;title\u0007'),
    toolNamed('__proto__'),
    toolNamed('constructor'),
    toolNamed('resources/read'),
    toolNamed('1e3'),
    toolNamed('true'),
    toolNamed('same_name'),
    toolNamed('same.name'),
    toolNamed('SAME_NAME'),
    { ...toolNamed('unusable'), inputSchema: { type: 'object', $ref: 'https://elsewhere.example/schema' } },
  ]
  const cwd = folderWith({
    'tools.json': JSON.stringify({ tools: hostile }),
    '.mcp.json': clientConfig({ 'evil: {}\n# \u001B[2J': fixture('tools.json') }),
  })
  const { code, stdout, stderr } = await runCli(['init'], { cwd })
  expect(code).toBe(0)
  const { text, manifest } = written(cwd)
  for (const shown of [text, stdout, stderr]) expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  expect(Object.keys(manifest)).toEqual(['trustDomain', 'agents', 'toolboxes', 'goals'])
  expect(Object.keys(manifest.toolboxes)).toEqual(['evil-2J'])
  const declared = manifest.toolboxes['evil-2J']?.tools ?? {}
  expect(Object.keys(declared).sort()).toEqual(['1e3', 'argued', 'constructor', 'innocent', 'same_name', 'true'])
  expect(declared['argued']?.sinks).toEqual({ 'to": x }\n  evil: { effect: read }\n# to': 'recipient' })
  expect(text.match(/^ {6}# left out: /gm)).toHaveLength(hostile.length - 6)
  expect(await runCli(['check'], { cwd })).toMatchObject({ code: 0, stderr: '' })
})

test('A server that does not start is reported and left out, the others are written, and the exit code is 1.', async () => {
  const cwd = folderWith({
    'tools.json': tools,
    '.mcp.json': clientConfig({
      crashing: fixture('missing.json'),
      absent: { command: 'no-such-command-anywhere' },
      neither: {},
      prompting: { command: 'x', args: ['${input:secret}'] },
      working: fixture('tools.json'),
    }),
    '.cursor/mcp.json': '{ "mcpServers": hunter2 }',
  })
  const { code, stdout, stderr } = await runCli(['init', '--json'], { cwd })
  expect(code).toBe(1)
  expect(stderr).toMatch(/left out crashing: /)
  expect(stderr).toMatch(/left out absent: /)
  expect(stderr).toMatch(/left out .*\.cursor\/mcp\.json: it is not JSON/)
  expect(stderr).not.toContain('hunter2')
  const { failures } = JSON.parse(stdout) as { failures: { server: string }[] }
  expect(failures.map(({ server }) => server)).toEqual(['neither', '', 'prompting', 'crashing', 'absent'])
  expect(Object.keys(written(cwd).manifest.toolboxes)).toEqual(['working'])
  expect((await runCli(['check'], { cwd })).code).toBe(0)
})

test('Files that are there are replaced only with --force.', async () => {
  const cwd = folderWith({
    'tools.json': tools,
    '.mcp.json': clientConfig({ notes: fixture('tools.json') }),
    'bailiwick.lock.json': 'mine',
  })
  const refused = await runCli(['init'], { cwd })
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toMatch(/bailiwick\.lock\.json` is there already\n {4}give `--force`/)
  expect(readFileSync(join(cwd, 'bailiwick.lock.json'), 'utf8')).toBe('mine')
  expect(existsSync(join(cwd, 'bailiwick.yaml'))).toBe(false)
  expect((await runCli(['init', '--force', '--agent', 'clerk', '--trust-domain', 'corp.example'], { cwd })).code).toBe(0)
  const { manifest } = written(cwd)
  expect(manifest.trustDomain).toBe('corp.example')
  expect(manifest.agents).toEqual({ clerk: { owner: expect.any(String) as string, goals: ['explore'] } })
})

test('With no configuration, a bad option, or nothing that starts, nothing is written and the exit code is 2.', async () => {
  const cwd = folderWith({ 'none.json': '{}', 'bad.json': clientConfig({ absent: { command: 'no-such-command-anywhere' } }) })
  const results = await Promise.all(
    [
      [],
      ['--config', 'missing.json'],
      ['--config', 'none.json'],
      ['--config', 'bad.json'],
      ['--agent', 'a b', '--config', 'none.json'],
    ].map((args) => runCli(['init', ...args], { cwd })),
  )
  expect(results.map(({ code, stdout }) => [code, stdout])).toEqual(results.map(() => [2, '']))
  expect(results[0]?.stderr).toMatch(/no client on this machine has a configuration in .*\.mcp\.json.*\n {4}name the file .* `--config`/)
  expect(readdirSync(cwd).sort()).toEqual(['bad.json', 'none.json'])
})

test('The filesystem server is proposed tool by tool, and its reads are kept to its folder.', async () => {
  const cwd = folderWith({
    'data/a.txt': 'a',
    'offering.json': JSON.stringify({ tools: [], resources: true, prompts: true }),
    'client.json': clientConfig({
      files: { command: process.execPath, args: [filesystemServer, 'data'] },
      'Reads & prompts': fixture('offering.json'),
    }),
  })
  expect((await runCli(['init', '--config', 'client.json'], { cwd })).code).toBe(0)
  const { text, manifest } = written(cwd)
  const declared = manifest.toolboxes['files']?.tools ?? {}
  expect(declared['read_text_file']).toMatchObject({ effect: 'read', labels: ['untrusted'], sinks: { path: 'path' } })
  expect(declared['write_file']).toMatchObject({ effect: 'destructive', sinks: { path: 'path', content: 'content' } })
  expect(declared['create_directory']).toMatchObject({ effect: 'write' })
  expect(declared['move_file']?.sinks).toEqual({ source: 'path', destination: 'path' })
  for (const line of text.split('\n').filter((one) => /^ {8}(effect|labels|sinks):/.test(one))) expect(line).toContain('# proposed: ')
  const contract = manifest.goals['explore']?.tools ?? {}
  expect(contract['files.read_text_file']).toEqual({ path: { path: join(cwd, 'data') } })
  expect(contract['Reads-prompts.resources/read']).toEqual({})
  expect(contract['Reads-prompts.prompts/get']).toEqual({})
  const reads = Object.entries(declared).flatMap(([name, { effect }]) => (effect === 'read' ? [`files.${name}`] : []))
  expect(Object.keys(contract).filter((name) => name.startsWith('files.'))).toEqual(reads)
  expect(text).toMatch(/^ {6}# files\.write_file: .* # destructive$/m)
  expect(readFileSync(join(cwd, 'policies/starter.cedar'), 'utf8')).toMatch(/^@response\("ask"\)$/m)
  const check = await runCli(['check', '--json'], { cwd })
  expect(JSON.parse(check.stdout)).toMatchObject({ ok: true, diagnostics: [] })
})
