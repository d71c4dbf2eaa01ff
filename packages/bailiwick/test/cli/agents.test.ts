import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { signingKey } from '../../src/authority/signing-key.ts'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles } from './written-manifest.ts'

test('Each key of an agent stands in the column of the keys, the first beside its agent.', async () => {
  const cwd = folderWith(installationFiles)
  for (const overlap of [[], ['--overlap', '1h']])
    await runCli(['agents', 'register', 'clerk', '--key', signingKey(randomBytes(32)).x, ...overlap], { cwd })
  const { stdout } = await runCli(['agents'], { cwd })
  const lines = stdout.split('\n')
  const at = lines[0]?.indexOf('keys') ?? -1
  const row = lines.findIndex((line) => line.startsWith('clerk'))
  expect(lines[row]?.slice(at)).toMatch(/^[\w-]{43} until /)
  expect(lines[row + 1]).toMatch(new RegExp(`^ {${at}}[\\w-]{43}$`))
})
