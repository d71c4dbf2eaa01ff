import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { folderWith, runCli } from '../cli/run-cli.ts'
import { fill } from '../ledger/scratch-ledger.ts'
import { installedLedger } from '../export/installed-ledger.ts'

const guide = readFileSync(new URL('../../../../docs/guides/export.md', import.meta.url), 'utf8')
const [sinks] = /```yaml\n([\s\S]*?)```/.exec(guide)?.slice(1) ?? []
const [commands] = /```sh\n([\s\S]*?)```/.exec(guide)?.slice(1) ?? []

test('The sinks that the guide declares are of the right form.', async () => {
  const cwd = folderWith()
  await installedLedger(cwd, async () => {}, (sinks as string).replace('sales-analyst', 'clerk'))
  expect(await runCli(['check'], { cwd })).toMatchObject({ code: 0 })
})

test('The receiver of security events that the guide declares is one that `check` takes.', async () => {
  const [, declared] = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] as string)
  const cwd = folderWith()
  await installedLedger(cwd, async () => {})
  const file = `${cwd}/bailiwick.yaml`
  writeFileSync(file, readFileSync(file, 'utf8').replace('http: { port: 0 }', declared as string))
  expect(await runCli(['check'], { cwd })).toMatchObject({ code: 0 })
})

test('Each command of the guide that ends by itself does what it says.', async () => {
  const cwd = folderWith()
  await installedLedger(cwd, fill)
  const lines = (commands as string).split('\n').map((line) => line.replace(/( > .*)?\s*(#.*)?$/, '').replace('ses_…', 'ses_1'))
  const ending = lines.filter((line) => line.startsWith('bailiwick') && !line.includes('--follow'))
  expect(ending).toHaveLength(4)
  for (const line of ending) expect(await runCli(line.split(/\s+/).slice(1), { cwd }), line).toMatchObject({ code: 0, stderr: '' })
})
