import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCli } from '../../../packages/bailiwick/test/cli/run-cli.ts'

const example = fileURLToPath(new URL('..', import.meta.url))

test(
  'The example runs: two sub-agents get their parts in two ways, do what is in them and nothing else, and are cut with the editor.',
  { timeout: 180_000 },
  () => {
    const run = spawnSync(process.execPath, ['--conditions=@bailiwick/source', fileURLToPath(new URL('../run.ts', import.meta.url))], {
      encoding: 'utf8',
      timeout: 170_000,
      env: { ...process.env, NO_COLOR: '1' },
    })
    const said = run.stdout + run.stderr
    expect(said).not.toContain('✗')
    expect(run.stdout.match(/^ {2}✓ /gm), said).toHaveLength(17)
    expect(said).toContain('Denied by Bailiwick (T0, T0.revoked): the agent `editor` was revoked')
    expect(run.status, said).toBe(0)
  },
)

test('Its rules pass the check.', async () => {
  expect(await runCli(['check'], { cwd: example })).toMatchObject({ code: 0 })
})
