import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { reportedWeek } from '../database.ts'
import { connectOutsideAgent } from '../outside-agent.ts'
import { prepareWorkspace } from '../prepare.ts'
import { scratchFolder } from './scratch.ts'

const example = dirname(fileURLToPath(new URL('.', import.meta.url)))
const program = ['--conditions=@bailiwick/source', join(example, '../../packages/bailiwick/src/cli/main.ts')]

/** The example in a folder of its own, and its command line. */
function copied(): { readonly folder: string; readonly bailiwick: (...args: string[]) => Promise<Record<string, unknown>> } {
  const root = scratchFolder()
  const folder = join(root, 'examples/secure-data-analyst')
  cpSync(example, folder, { recursive: true, filter: (path) => !/\/(\.work|\.bailiwick|node_modules|test)$/.test(path) })
  symlinkSync(join(example, '../../node_modules'), join(root, 'node_modules'))
  prepareWorkspace(join(folder, '.work'))
  const bailiwick = async (...args: string[]): Promise<Record<string, unknown>> => {
    const child = spawn(process.execPath, [...program, ...args, '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    await once(child, 'close')
    return JSON.parse(said) as Record<string, unknown>
  }
  return { folder, bailiwick }
}

test('An agent that runs elsewhere is let in by its own key, does what its goal allows, and is stopped at once.', async () => {
  const { folder, bailiwick } = copied()
  const keyFile = join(folder, 'analyst.jwk')
  const { x, thumbprint } = await bailiwick('agents', 'keygen', '--out', keyFile)
  await bailiwick('agents', 'register', 'sales-analyst', '--key', x as string)
  const env = { ...process.env, SMTP_URL: 'smtp://user:none@127.0.0.1:9' }
  const up = spawn(process.execPath, [...program, 'up', '--port', '0', '--json'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void up.kill('SIGKILL'))
  const [line] = (await once(createInterface(up.stdout), 'line')) as [string]
  const mcp = new URL((JSON.parse(line) as { url: string }).url)

  const task = { goal: 'weekly-sales-report', params: { week: reportedWeek }, request: `Report the sales of ${reportedWeek}.` }
  const { client, session } = await connectOutsideAgent(mcp, 'sales-analyst', keyFile, task)
  onTestFinished(() => client.close())
  const report = async (): Promise<string> =>
    JSON.stringify((await client.callTool({ name: 'sales__weekly_report', arguments: { week: reportedWeek } })).content)
  expect(await report()).toContain('byRegion')
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).not.toContain('sales__export_all')

  await bailiwick('stop', '--because', 'a drill')
  expect(await report()).toContain('Denied by Bailiwick (T0, T0.revoked): everything was revoked')
  await expect(connectOutsideAgent(mcp, 'sales-analyst', keyFile, task)).rejects.toThrow('everything was revoked')
  await bailiwick('stop', '--lift')
  expect(await report()).toContain('byRegion')

  await bailiwick('revoke', 'key', thumbprint as string)
  expect(await report()).toContain('was revoked')
  const entries = (await bailiwick('log', 'list', '--all', '--session', session)) as unknown as { type: string }[]
  expect(entries.filter(({ type }) => type === 'decision')).toHaveLength(4)
  expect(await bailiwick('log', 'verify')).toMatchObject({ ok: true })
  expect(JSON.stringify(entries)).not.toContain((JSON.parse(readFileSync(keyFile, 'utf8')) as { d: string }).d)
})
