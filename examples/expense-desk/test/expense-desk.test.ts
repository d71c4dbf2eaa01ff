import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('An agent behind an identity provider works for whoever signed in, and for nobody else or longer.', { timeout: 180_000 }, () => {
  const program = fileURLToPath(new URL('../run.ts', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--conditions=@bailiwick/source', program], {
    encoding: 'utf8',
    timeout: 170_000,
    env: { ...process.env, NO_COLOR: '1' },
  })
  expect(stdout.match(/^ {2}✓ /gm), stdout + stderr).toHaveLength(17)
  expect(stdout).not.toContain('✗')
  expect(status).toBe(0)
})
