import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test(
  'The example runs: the assistant scores as the mission says, harms as it is set up, and is managed and stopped by what is advised.',
  { timeout: 180_000 },
  () => {
    const run = spawnSync(process.execPath, ['--conditions=@bailiwick/source', fileURLToPath(new URL('../run.ts', import.meta.url))], {
      encoding: 'utf8',
      timeout: 170_000,
      env: { ...process.env, NO_COLOR: '1' },
    })
    expect(run.stdout + run.stderr).not.toContain('✗ its')
    expect(run.stdout.match(/^ {2}✓ (?!met)/gm), run.stdout + run.stderr).toHaveLength(5)
    expect(run.status).toBe(0)
  },
)
