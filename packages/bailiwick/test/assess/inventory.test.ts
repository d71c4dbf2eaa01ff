import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { describe, expect, test } from 'vitest'
import { cycloneDx } from '../../src/assess/inventory/cyclonedx.ts'
import type { Inventory, InventoryFinding } from '../../src/assess/inventory/inventory.ts'
import { frameworksIn } from '../../src/assess/inventory/read-dependencies.ts'
import { gatewayAgent, serverEntries, shownServer } from '../../src/assess/inventory/server-entry.ts'
import { takeInventory } from '../../src/assess/inventory/take-inventory.ts'
import type { InventorySources } from '../../src/assess/inventory/take-inventory.ts'
import { parseLock } from '../../src/model/lock.ts'
import type { AgentHistory } from '../../src/assess/history.ts'
import { folderWith, runCli } from '../cli/run-cli.ts'
import { installationFiles } from '../cli/written-manifest.ts'
import { join } from 'node:path'

const secret = 'hunter2-never-shown'
const now = Date.UTC(2026, 5, 1)

/** The inventory of a folder that is home and project at once. */
function inventoryOf(files: Readonly<Record<string, string>>, more: Partial<InventorySources> = {}): Inventory & { folder: string } {
  const folder = folderWith(files)
  const inventory = takeInventory({
    manifest: join(folder, 'bailiwick.yaml'),
    lock: parseLock(files['bailiwick.lock.json'] ?? ''),
    surroundings: { home: join(folder, 'home'), projects: [folder], platform: 'linux', environment: {} },
    history: null,
    before: null,
    unused: 30 * 86_400_000,
    now,
    ...more,
  })
  return { ...inventory, folder }
}

const kinds = (findings: readonly InventoryFinding[]): string[] => findings.map(({ kind, subject }) => `${kind} ${subject}`)
const direct = { command: 'npx', args: ['-y', 'some-server@1.2.3', '--token', secret], env: { API_KEY: secret } }

/** A file of each client with one server past the gateway, as that client writes it. */
const configurations: Readonly<Record<string, string>> = {
  '.mcp.json': JSON.stringify({ mcpServers: { one: direct } }),
  '.cursor/mcp.json': `\uFEFF// a comment\n{ "mcpServers": { "one": ${JSON.stringify(direct)}, } }`,
  '.vscode/mcp.json': JSON.stringify({ servers: { one: direct } }),
  '.vscode/settings.json': JSON.stringify({ mcp: { servers: { one: direct } }, 'editor.fontSize': 12 }),
  '.zed/settings.json': JSON.stringify({ context_servers: { one: { command: { path: 'npx', args: direct.args, env: direct.env } } } }),
  '.codex/config.toml': `[mcp_servers.one]\ncommand = "npx"\nargs = ["some-server@1.2.3", "--token", "${secret}"]\n[mcp_servers.one.env]\nAPI_KEY = "${secret}"\n`,
  '.gemini/settings.json': JSON.stringify({
    mcpServers: { one: { httpUrl: `https://user:${secret}@mcp.corp.example/${secret}?key=${secret}`, headers: { Authorization: secret } } },
  }),
  '.continue/config.yaml': `mcpServers:\n  - name: one\n    command: npx\n    args: [some-server@1.2.3, --token, ${secret}]\n    env: { API_KEY: ${secret} }\n`,
  'opencode.json': JSON.stringify({
    mcp: { one: { type: 'local', command: ['npx', 'some-server@1.2.3', secret], environment: { API_KEY: secret } } },
  }),
  'home/.claude.json': JSON.stringify({ projects: { '/srv/x': { mcpServers: { one: direct } } } }),
  'home/.codeium/windsurf/mcp_config.json': JSON.stringify({
    mcpServers: { one: { serverUrl: `https://mcp.corp.example/${secret}/sse` } },
  }),
  'home/.config/Claude/claude_desktop_config.json': JSON.stringify({ mcpServers: { one: direct } }),
  'home/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json': JSON.stringify({
    mcpServers: { one: direct },
  }),
  'home/.config/goose/config.yaml': `extensions:\n  one: { type: stdio, cmd: npx, args: [some-server@1.2.3, ${secret}], envs: { API_KEY: ${secret} } }\n`,
  'home/.continue/config.json': JSON.stringify({
    experimental: { modelContextProtocolServers: [{ transport: { type: 'stdio', command: 'npx', args: direct.args } }] },
  }),
}

test.each(Object.entries(configurations))('A server past the gateway in %s is found, and nothing secret of it is kept.', (file, text) => {
  const inventory = inventoryOf({ [file]: text })
  expect(inventory.servers).toHaveLength(1)
  expect(inventory.servers[0]?.runs).toMatch(/^(npx some-server@1\.2\.3|https:\/\/mcp\.corp\.example)$/)
  expect(inventory.findings.map(({ kind }) => kind)).toEqual(['shadow', 'bypass'])
  expect(JSON.stringify(inventory)).not.toContain(secret)
  expect(cycloneDx(inventory)).not.toContain(secret)
})

test('A configuration that cannot be read is a finding without a word of what it holds.', () => {
  for (const file of ['.mcp.json', '.codex/config.toml', '.continue/config.yaml']) {
    const { findings } = inventoryOf({ [file]: `{ "mcpServers": [[[ ${secret} : : "` })
    expect(findings, file).toMatchObject([{ kind: 'unreadable' }])
    expect(JSON.stringify(findings)).not.toContain(secret)
  }
})

describe('A server counts as the gateway', () => {
  const entry = (command: string, ...args: string[]): boolean => {
    const [one] = serverEntries({ mcpServers: { bailiwick: { command, args } } })
    return one !== undefined && gatewayAgent(one)?.agent === 'clerk'
  }
  test('when Bailiwick is what is started, by itself or by a launcher.', () => {
    expect(entry('bailiwick', 'mcp', '--agent', 'clerk')).toBe(true)
    expect(entry('npx', '-y', 'bailiwick@0.1.0', 'mcp', '--agent=clerk')).toBe(true)
    expect(entry('npm', 'run', '-s', 'bailiwick', '--', 'mcp', '--agent', 'clerk')).toBe(true)
    expect(entry('node', '--conditions=@bailiwick/source', '/x/packages/bailiwick/src/cli/main.ts', 'mcp', '--agent', 'clerk')).toBe(true)
  })
  test('and not because its name or its arguments say so.', () => {
    expect(entry('evil-server', 'bailiwick', 'mcp', '--agent', 'clerk')).toBe(false)
    expect(entry('npx', 'evil-server', 'bailiwick', 'mcp', '--agent', 'clerk')).toBe(false)
    expect(entry('sh', '-c', 'evil; bailiwick mcp --agent clerk')).toBe(false)
    expect(entry('node', '--import', './evil.js', 'bailiwick', 'mcp', '--agent', 'clerk')).toBe(false)
    expect(entry('bailiwick', 'up')).toBe(false)
  })
})

test('Of a command line nothing is shown that stands behind a flag, or looks like a secret.', () => {
  const shown = (command: string, ...args: string[]): string =>
    shownServer({ name: 'x', command, args, url: null, given: [], disabled: false })
  expect(shown('npx', '--token', 'hunter2', 'pkg')).toBe('npx')
  expect(shown('npx', 'abcdefghijklmnopqrstuvwxyz0123')).toBe('npx')
  expect(shown('API_KEY=hunter2 npx', 'pkg')).toBe('a command')
  expect(shown('/usr/bin/docker', 'run', '-e', 'KEY=hunter2', 'image')).toBe('docker')
})

const dependencyFiles: readonly (readonly [file: string, text: string, found: readonly string[]])[] = [
  [
    'package.json',
    JSON.stringify({ dependencies: { '@openai/agents': '^0.3.0', ai: '6.0.0', react: '19' } }),
    ['OpenAI Agents SDK ^0.3.0', 'Vercel AI SDK 6.0.0'],
  ],
  ['package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/@mastra/core': { version: '1.2.3' } } }), ['Mastra 1.2.3']],
  ['pnpm-lock.yaml', "packages:\n\n  '@langchain/langgraph@1.0.1(zod@4)':\n    resolution: {}\n", ['LangGraph 1.0.1']],
  ['yarn.lock', '"@google/adk@^0.1.0":\n  version "0.1.4"\n', ['Google ADK 0.1.4']],
  [
    'requirements-dev.txt',
    '# crewai\nPydantic_AI[logfire]>=1.0 ; python_version > "3.10" # x\ncrewai==0.5\n',
    ['Pydantic AI >=1.0', 'CrewAI ==0.5'],
  ],
  [
    'pyproject.toml',
    '[project]\ndependencies = ["llama-index>=0.12"]\n[tool.poetry.dependencies]\nstrands-agents = { version = "1.0" }\n[dependency-groups]\ndev = ["autogen-agentchat"]\n',
    ['LlamaIndex >=0.12', 'AutoGen null', 'Strands Agents 1.0'],
  ],
  ['uv.lock', '[[package]]\nname = "google-adk"\nversion = "1.2.0"\n', ['Google ADK 1.2.0']],
  [
    'App.csproj',
    '<Project><ItemGroup><PackageReference Include="Microsoft.SemanticKernel" Version="1.60.0" /></ItemGroup></Project>',
    ['Semantic Kernel 1.60.0'],
  ],
  ['go.mod', 'module x\nrequire google.golang.org/adk v0.2.0\n', ['Google ADK v0.2.0']],
]

test.each(dependencyFiles)('The agent frameworks of %s are found.', (file, text, found) => {
  const folder = folderWith({ [file]: text })
  const frameworks = frameworksIn(join(folder, file))
  if ('problem' in frameworks) throw new Error(frameworks.problem)
  expect(frameworks.map(({ framework, version }) => `${framework} ${version}`)).toEqual(found)
})

test('A project that builds agents is a shadow where no manifest stands at or above it, and installed packages are passed over.', () => {
  const files = {
    'a/package.json': JSON.stringify({ dependencies: { ai: '6' } }),
    'a/node_modules/x/package.json': JSON.stringify({ dependencies: { ai: '5' } }),
  }
  const elsewhere = inventoryOf(files, { manifest: '/nowhere/bailiwick.yaml' })
  expect(elsewhere.frameworks).toHaveLength(1)
  expect(kinds(elsewhere.findings)).toEqual([`shadow Vercel AI SDK in ${join(elsewhere.folder, 'a')}`])
  expect(inventoryOf({ ...files, ...installationFiles }).findings).toEqual([])
})

const used = (lastUse: Record<string, number>): AgentHistory => ({
  calls: 1,
  beyond: 0,
  unknown: 0,
  questions: 0,
  expired: 0,
  approved: 0,
  hasty: 0,
  withheld: new Set(),
  lastUse: new Map(Object.entries(lastUse)),
  first: 0,
  last: now,
})

test('An agent that the ledger has seen and nobody declared is a shadow; privileges that went unused are told with how far the ledger goes back.', () => {
  const history = {
    delegated: [],
    since: now - 60 * 86_400_000,
    agents: new Map([
      ['clerk', used({ 'mail.send': now - 40 * 86_400_000 })],
      ['ghost', used({})],
    ]),
  }
  const { findings, agents } = inventoryOf(installationFiles, { history })
  expect(kinds(findings)).toEqual(['shadow ghost', 'unused clerk mail.send', 'unused clerk mail.read'])
  expect(findings.map(({ message }) => message)).toEqual([
    'the agent `ghost` has sessions in the ledger, and the manifest does not declare it',
    '`clerk` last used `mail.send` 40 days ago',
    '`clerk` has never used `mail.read` (the ledger goes back 60 days)',
  ])
  expect(agents[0]?.places).toEqual(['bailiwick.yaml:3', 'ledger'])
  expect(inventoryOf(installationFiles, { history, unused: 41 * 86_400_000 }).findings.map(({ subject }) => subject)).toEqual([
    'ghost',
    'clerk mail.read',
  ])
})

test('Tools without a pin or with one that does not fit, and agents without an owner, are findings of a manifest that does not even compile.', () => {
  const manifest = (installationFiles['bailiwick.yaml'] ?? '')
    .replace(/, pin: sha256:[0-9a-f]+/, '')
    .replace(/pin: 'sha256:[0-9a-f]+/, `pin: 'sha256:${'0'.repeat(64)}`)
  expect(kinds(inventoryOf({ ...installationFiles, 'bailiwick.yaml': manifest }).findings)).toEqual([
    'unpinned mail.send',
    'changed mail.read',
  ])
  for (const owner of ['', 'owner: "", ', 'owner: TBD, ']) {
    const without = (installationFiles['bailiwick.yaml'] ?? '').replace('owner: ops@corp.example, ', owner)
    expect(kinds(inventoryOf({ ...installationFiles, 'bailiwick.yaml': without }).findings), owner).toEqual(['ownerless clerk'])
  }
  expect(inventoryOf({ 'bailiwick.yaml': 'agents: [\n' }).findings).toMatchObject([
    { kind: 'unreadable', place: expect.stringMatching(/^bailiwick\.yaml:\d+$/) as string },
  ])
})

test('A server that is a declared toolbox is recognised, and one that is disabled is listed and not complained of.', () => {
  const [toolbox] = [
    {
      command: process.execPath,
      args: JSON.parse(
        `[${/args: \[(.*)\] }/.exec(installationFiles['bailiwick.yaml'] ?? '')?.[1]?.replace('tools.json', '"tools.json"') ?? ''}]`,
      ) as string[],
    },
  ]
  const { servers, findings } = inventoryOf({
    ...installationFiles,
    '.mcp.json': JSON.stringify({ mcpServers: { post: toolbox, off: { ...direct, disabled: true } } }),
  })
  expect(servers.map(({ name, toolbox: of, disabled }) => [name, of, disabled])).toEqual([
    ['post', 'mail', false],
    ['off', null, true],
  ])
  expect(findings.filter(({ kind }) => kind === 'bypass').map(({ message }) => message)).toEqual([
    expect.stringContaining('the toolbox `mail`, as `post`') as string,
  ])
})

test('The bill of materials fits CycloneDX’s own schema, also with names and texts that nobody expects.', async () => {
  const inventory = inventoryOf({
    ...installationFiles,
    ...configurations,
    'package.json': JSON.stringify({ dependencies: { ai: '6' } }),
    '.kiro/settings/mcp.json': JSON.stringify({ mcpServers: { '"><script>\u0000\u202E': { url: 'not a url' } } }),
  })
  const text = cycloneDx(inventory)
  expect(await new Validation.JsonStrictValidator(Spec.Spec1dot6.version).validate(text)).toBeNull()
  const bom = JSON.parse(text) as {
    components: { 'bom-ref': string }[]
    services: unknown[]
    dependencies: { ref: string; dependsOn?: string[] }[]
  }
  expect(bom.components.map((one) => one['bom-ref'])).toContain('agent:clerk')
  expect(bom.dependencies.find(({ ref }) => ref === 'agent:clerk')?.dependsOn).toEqual(['tool:mail.read', 'tool:mail.send'])
  expect(bom.services.length).toBe(2 + inventory.servers.length)
})

test('An inventory is recorded, the next one tells what has drifted, and the ledger verifies.', async () => {
  const cwd = folderWith(installationFiles)
  const first = await runCli(['inventory', '--home', 'home', '--record', '--json'], { cwd })
  expect(first.code, first.stderr).toBe(0)
  expect(JSON.parse(first.stdout)).toMatchObject({
    entry: expect.any(Number) as number,
    trustDomain: 'corp.example',
    agents: [{ name: 'clerk' }],
  })
  const same = JSON.parse((await runCli(['inventory', '--home', 'home', '--json'], { cwd })).stdout) as Inventory
  expect(same.findings.filter(({ kind }) => kind === 'drift')).toEqual([])
  const { writeFileSync, readFileSync } = await import('node:fs')
  writeFileSync(
    join(cwd, 'bailiwick.yaml'),
    readFileSync(join(cwd, 'bailiwick.yaml'), 'utf8')
      .replace('mail.read: {}', '')
      .replace('effect: external', 'effect: read')
      .replace('clerk: {', 'clerk: { model: m1,'),
  )
  const drifted = await runCli(['inventory', '--home', 'home', '--json', '--fail-on', 'drift,shadow'], { cwd })
  expect(drifted.code).toBe(1)
  expect((JSON.parse(drifted.stdout) as Inventory).findings.filter(({ kind }) => kind === 'drift').map(({ message }) => message)).toEqual([
    'the agent `clerk` has changed since the inventory was last recorded',
    'the tool `mail.send` has changed since the inventory was last recorded',
    'the privilege of `clerk` on `mail.read` is gone since the inventory was last recorded',
  ])
  const log = await runCli(['log', 'list', '--all'], { cwd })
  expect(log.stdout).toContain('1 agents, 2 tools, 0 servers')
  expect((await runCli(['log', 'verify'], { cwd })).code).toBe(0)
})

test('Exit codes: 0 with findings, 1 with those that were named, 2 for what cannot be carried out; hostile names do nothing to the terminal.', async () => {
  const cwd = folderWith({ ...installationFiles, '.mcp.json': JSON.stringify({ mcpServers: { 'x\u001B[2J\n\u202Ey': direct } }) })
  const plain = await runCli(['inventory', '--home', 'home'], { cwd })
  expect(plain.code).toBe(0)
  expect(plain.stdout).toContain('x\\u{1b}[2J \\u{202e}y')
  expect(plain.stdout).not.toContain('\u001B[2J')
  expect((await runCli(['inventory', '--home', 'home', '--fail-on', 'bypass'], { cwd })).code).toBe(1)
  expect((await runCli(['inventory', '--home', 'home', '--fail-on', 'unpinned'], { cwd })).code).toBe(0)
  for (const words of ['--fail-on shadows', '--unused soon', '--out x.json'])
    expect((await runCli(['inventory', ...words.split(' ')], { cwd })).code, words).toBe(2)
})

test('Without a manifest, what is configured is found all the same.', async () => {
  const cwd = folderWith({ '.mcp.json': JSON.stringify({ mcpServers: { one: direct } }) })
  const { code, stdout } = await runCli(['inventory', '--home', 'home', '--json', '--fail-on', 'any'], { cwd })
  expect(code).toBe(1)
  expect(kinds((JSON.parse(stdout) as Inventory).findings)[0]).toMatch(/^shadow Claude Code/)
})
