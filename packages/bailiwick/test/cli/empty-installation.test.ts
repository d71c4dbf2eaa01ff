import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles } from './written-manifest.ts'

test.each(['log list', 'log verify', 'sessions', 'approvals'])(
  'Before the first session, `%s` says that there is no ledger yet, exits with 2 and makes none.',
  async (words) => {
    const cwd = folderWith(installationFiles)
    const args = words.split(' ')
    const [text, json] = await Promise.all([runCli(args, { cwd }), runCli([...args, '--json'], { cwd })])
    expect(text).toMatchObject({ code: 2, stdout: '' })
    expect(text.stderr).toMatch(/^error STORE_FAILED there is no ledger in `.*\.bailiwick` yet\n {4}it begins with the first session/)
    expect(json.code).toBe(2)
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'STORE_FAILED' } })
    expect(existsSync(join(cwd, '.bailiwick'))).toBe(false)
  },
)
