import { spawnSync } from 'node:child_process'
import type { SpawnSyncReturns } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

function run(program: string): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['--conditions=@bailiwick/source', fileURLToPath(new URL(`../${program}`, import.meta.url))], {
    encoding: 'utf8',
    timeout: 170_000,
    env: { ...process.env, NO_COLOR: '1' },
  })
}

test(
  'The example runs: the assistant scores as the mission says, harms as it is set up, and is managed and stopped by what is advised.',
  { timeout: 180_000 },
  () => {
    const { stdout, stderr, status } = run('run.ts')
    expect(stdout + stderr).not.toContain('✗ its')
    expect(stdout.match(/^ {2}✓ (?!met)/gm), stdout + stderr).toHaveLength(5)
    expect(status).toBe(0)
  },
)

test('In CI the assistant is let in by what the platform says of its job, and jobs of others are not.', { timeout: 180_000 }, () => {
  const { stdout, stderr, status } = run('run-in-ci.ts')
  expect(stdout.match(/^ {2}✓ /gm), stdout + stderr).toHaveLength(8)
  expect(status).toBe(0)
})
