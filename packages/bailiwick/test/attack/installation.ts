import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import { formProblem } from '../../src/ledger/form/form-problem.ts'
import type { GoalDeclaration, LimitsDeclaration } from '../../src/model/manifest.ts'
import { formatLock } from '../../src/model/lock.ts'
import { pinOf } from '../../src/model/pin.ts'
import type { ToolDefinition } from '../../src/model/pin.ts'
import { hostileTools } from './servers/hostile-tools.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const compileCache = join(tmpdir(), 'bailiwick-attack-compile-cache')

/** What every attack is an attack on: a manifest with one toolbox `box`, one agent `agent` and its goal `goal`. */
export interface InstallationPlan {
  /** File in `servers/`; the hostile server when absent. */
  readonly server?: string
  readonly tools?: readonly ToolDefinition[]
  readonly timeout?: string
  readonly goal?: Partial<Pick<GoalDeclaration, 'allow' | 'confirm'>> & { readonly limits?: Partial<LimitsDeclaration> }
  readonly reads?: boolean
  readonly approvals?: { readonly expires: string }
  readonly environment?: Readonly<Record<string, string>>
  /** Cedar policies. */
  readonly policies?: string
  readonly patterns?: Readonly<Record<string, string>>
  readonly facts?: Readonly<Record<string, object>>
}

interface ToolboxOnDisk {
  names: string
  mcp: { command: string; args: string[]; env: Record<string, unknown>; timeout?: string }
  tools: { honest: { sinks?: Record<string, string> } }
}

interface GoalOnDisk {
  allow?: string[]
  params?: Record<string, { type: string }>
  limits: { calls?: number; repeats?: number; rates?: Record<string, string> }
  tools: Record<string, object>
}

/** The manifest as {@link AttackInstallation.edit} finds it. */
export interface ManifestOnDisk {
  trustDomain: string
  http: { port: number }
  agents: { agent?: { goals: string[] }; other?: { goals: string[] } }
  toolboxes: { box: ToolboxOnDisk; more?: ToolboxOnDisk }
  goals: { goal: GoalOnDisk; other?: GoalOnDisk }
  facts?: Record<string, object>
}

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Logged {
  readonly method: string
  readonly params?: { readonly pid?: number; readonly name?: string; readonly arguments?: Readonly<Record<string, unknown>> }
}

/** One folder with a manifest and its lock; `remove` it when the tests are over. */
export class AttackInstallation {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'bailiwick-attack-')))
  readonly secret: string = `s3cr3t-${crypto.randomUUID()}`
  readonly #environment: Readonly<Record<string, string>>

  constructor(plan: InstallationPlan = {}) {
    const tools = plan.tools ?? hostileTools
    const reads = plan.reads === true ? ['resources/read', 'prompts/get'] : []
    const manifest = {
      trustDomain: 'attack.example',
      agents: { agent: { owner: 'tests@attack.example', goals: ['goal'] } },
      toolboxes: {
        box: {
          mcp: {
            command: process.execPath,
            args: [fileURLToPath(new URL(`servers/${plan.server ?? 'hostile-server.ts'}`, import.meta.url))],
            env: {
              TOOL_LOG: this.toolLog,
              TOOLS_FILE: this.toolsFile,
              SECRET: { env: 'ATTACK_SECRET' },
              NODE_COMPILE_CACHE: compileCache,
            },
            ...(plan.timeout === undefined ? {} : { timeout: plan.timeout }),
          },
          names: 'plain',
          tools: Object.fromEntries([
            ...tools.map((tool) => [tool.name, { effect: 'read', pin: pinOf(tool) }]),
            ...reads.map((name) => [name, { effect: 'read' }]),
          ]),
        },
      },
      goals: {
        goal: {
          tools: Object.fromEntries([...tools.map((tool) => tool.name), ...reads].map((name) => [`box.${name}`, {}])),
          ...plan.goal,
          limits: { repeats: 20, ...plan.goal?.limits },
        },
      },
      ...(plan.approvals === undefined ? {} : { approvals: plan.approvals }),
      ...(plan.patterns === undefined ? {} : { patterns: plan.patterns }),
      ...(plan.facts === undefined ? {} : { facts: plan.facts }),
      http: { port: 0 },
    }
    const locked = Object.fromEntries(tools.map((tool) => [tool.name, tool]))
    writeFileSync(join(this.folder, 'bailiwick.yaml'), JSON.stringify(manifest, null, 2))
    writeFileSync(join(this.folder, 'bailiwick.lock.json'), formatLock({ version: 1, toolboxes: { box: locked } }))
    writeFileSync(this.toolLog, '')
    if (plan.policies !== undefined) {
      mkdirSync(join(this.folder, 'policies'))
      writeFileSync(join(this.folder, 'policies', 'a.cedar'), plan.policies)
    }
    this.#environment = { ATTACK_SECRET: this.secret, ...plan.environment }
  }

  /** Changes the manifest as it stands. */
  edit(change: (manifest: ManifestOnDisk) => unknown): void {
    const file = join(this.folder, 'bailiwick.yaml')
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as ManifestOnDisk
    change(manifest)
    writeFileSync(file, JSON.stringify(manifest, null, 2))
  }

  get toolLog(): string {
    return join(this.folder, 'tool-log.jsonl')
  }

  /** Replaces the tools that the server lists from the next listing on: `{ "tools": [...] }`, `$SECRET` filled in. */
  get toolsFile(): string {
    return join(this.folder, 'tools.json')
  }

  get database(): string {
    return join(this.folder, '.bailiwick', 'bailiwick.db')
  }

  /** Arguments for Node, and the environment, of a command of `bailiwick` on this installation. */
  command(...args: readonly string[]): { readonly args: readonly string[]; readonly env: Record<string, string> } {
    return {
      args: ['--conditions=@bailiwick/source', main, ...args],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.folder,
        NO_COLOR: '1',
        NODE_COMPILE_CACHE: compileCache,
        BAILIWICK_MANIFEST: join(this.folder, 'bailiwick.yaml'),
        ...this.#environment,
      },
    }
  }

  /** Runs a command to its end, for 30 seconds at most. */
  async cli(...args: readonly string[]): Promise<CliResult> {
    const { args: all, env } = this.command(...args)
    const child = spawn(process.execPath, all, {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 30_000,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    return { code, stdout, stderr }
  }

  /** What a command prints as JSON. Rejects when it fails. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.cli(...args, '--json')
    if (code !== 0) throw new Error(`\`bailiwick ${args.join(' ')}\` ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** What reached the toolbox's server. */
  reached(method = 'tools/call'): Logged[] {
    return readFileSync(this.toolLog, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Logged)
      .filter((entry) => entry.method === method)
  }

  /** Pids of the toolbox's processes that run still: those that served, and those that were only asked which revision they speak. */
  running(): number[] {
    return this.reached('started')
      .map((entry) => entry.params?.pid as number)
      .filter((pid) => {
        const file = `/proc/${pid}/cmdline`
        return existsSync(file) && readFileSync(file, 'utf8').includes('attack/servers')
      })
  }

  /** The ledger as it is on disk. */
  entries(): LedgerEntry[] {
    if (!existsSync(this.database)) return []
    const database = new DatabaseSync(this.database, { readOnly: true })
    try {
      const rows = database.prepare('SELECT body FROM entries ORDER BY seq').all() as { body: Uint8Array }[]
      return rows.map(({ body }) => JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry)
    } finally {
      database.close()
    }
  }

  /** The entries of one type. */
  entriesOf<T extends LedgerEntry['type']>(type: T): Extract<LedgerEntry, { type: T }>[] {
    return this.entries().filter((entry) => entry.type === type) as Extract<LedgerEntry, { type: T }>[]
  }

  /** Removes the folder. @throws Error when an entry of the ledger was not of its form */
  remove(): void {
    const problems = this.entries().flatMap((entry) => formProblem(entry) ?? [])
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
    if (problems.length > 0) throw new Error(`${problems.length} entries of the ledger are not of their form; the first ${problems[0]}`)
  }
}

/** Waits until a look at the world gives something, for so many milliseconds at most. */
export async function eventually<T>(look: () => T | null | undefined | false, what: string, within = 5000): Promise<T> {
  const until = performance.now() + within
  for (;;) {
    const found = look()
    if (found !== null && found !== undefined && found !== false) return found
    if (performance.now() > until) throw new Error(`${what} did not come about within ${within} ms`)
    await sleep(20)
  }
}
