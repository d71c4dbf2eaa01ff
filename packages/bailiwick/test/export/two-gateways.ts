import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { onTestFinished } from 'vitest'
import { openRecords } from '../../src/cli/installation.ts'
import type { Records } from '../../src/cli/installation.ts'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import { cli, folderWith, runCli } from '../cli/run-cli.ts'
import { installationFiles } from '../cli/written-manifest.ts'

/** An installation with a gateway of its own: a process of `bailiwick up`, killed when the test is over. */
export class OwnGateway {
  readonly cwd: string = folderWith(installationFiles)
  origin = ''
  #child: ChildProcess | null = null

  /** The name in which it signs. */
  readonly name: string

  constructor(name: string) {
    this.name = name
    this.#declare('http: { port: 0 }', `http: { port: 0, publicUrl: "${name}" }`)
  }

  /** Adds to the manifest, which a gateway that runs takes up. */
  declare(more: string): void {
    this.#declare('toolboxes:', `${more}\ntoolboxes:`)
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.cwd, name), text)
  }

  async up(): Promise<void> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: this.cwd, NO_COLOR: '1' }
    const child = spawn(process.execPath, ['--conditions=@bailiwick/source', cli, 'up', '--json'], { cwd: this.cwd, env, stdio: 'pipe' })
    this.#child = child
    onTestFinished(() => void child.kill('SIGKILL'))
    let text = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      text += chunk as string
      if (text.includes('"url"') && text.trimEnd().endsWith('}')) break
    }
    child.stderr.resume()
    this.origin = new URL((JSON.parse(text) as { url: string }).url).origin
  }

  async kill(): Promise<void> {
    const child = this.#child as ChildProcess
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async run(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await runCli([...args, '--json'], { cwd: this.cwd })
    if (code !== 0) throw new Error(`\`bailiwick ${args.join(' ')}\` ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as Record<string, unknown>
  }

  /** The keys that it publishes, as they are fetched. */
  async keys(): Promise<string> {
    return (await fetch(`${this.origin}/oauth/jwks`)).text()
  }

  /** What the ledger holds of revocations. */
  async revocations(): Promise<readonly Extract<LedgerEntry, { type: 'revocation' }>[]> {
    return this.#read(async ({ ledgerStore }) => {
      const bodies = await ledgerStore.entries(0, 10_000)
      return bodies.map((body) => JSON.parse(Buffer.from(body).toString()) as LedgerEntry).filter((entry) => entry.type === 'revocation')
    })
  }

  /** Whether a sink has been sent all that there is. */
  settled(sink: string): Promise<boolean> {
    return this.#read(async ({ cursors, ledgerStore }) => (await cursors.cursor(sink)) === (await ledgerStore.size()))
  }

  async stateOf(session: string): Promise<string> {
    return this.#read(async ({ sessions }) => (await sessions.find(session)).state)
  }

  /** A session, and a call of its agent. */
  async session(): Promise<{ readonly id: string; readonly send: () => Promise<string> }> {
    const { session, token } = (await this.run('sessions', 'open', '--agent', 'clerk', '--goal', 'letters')) as {
      session: { id: string }
      token: string
    }
    const client = new Client({ name: 'tests', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
    const requestInit = { headers: { authorization: `Bearer ${token}` } }
    await client.connect(new StreamableHTTPClientTransport(new URL(`${this.origin}/mcp`), { requestInit }))
    onTestFinished(() => client.close())
    const send = async (): Promise<string> =>
      JSON.stringify(await client.callTool({ name: 'mail__send', arguments: { to: 'a@corp.example' } }))
    return { id: session.id, send }
  }

  async #read<T>(work: (records: Records) => Promise<T>): Promise<T> {
    const records = await openRecords({ manifest: join(this.cwd, 'bailiwick.yaml'), state: null }, () => {})
    try {
      return await work(records)
    } finally {
      await records.close()
    }
  }

  #declare(text: string, instead: string): void {
    const file = join(this.cwd, 'bailiwick.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace(text, instead))
  }
}
