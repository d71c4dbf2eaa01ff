import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../../../scripts/foreign-witness.sh', import.meta.url))

test('Where the witness of others is not installed, the script that needs it says so and fails.', () => {
  const { status, stdout, stderr } = spawnSync('/bin/bash', [script], { env: { PATH: '/nowhere' }, encoding: 'utf8' })
  expect([status, stdout]).toEqual([3, ''])
  expect(stderr).toMatch(/^litewitness is not on the PATH, so nothing was tried\. .*package torchwood/)
})
