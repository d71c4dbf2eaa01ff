import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '..')

test('The example of the README runs as it stands and prints what it says', () => {
  const [, script] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) as unknown as [string, string]
  const expected = [...script.matchAll(/\/\/ → (.*)/g)].map(([, line]) => line)
  // Inside the package, its own name leads to its source.
  const work = mkdtempSync(join(folder, 'test', '.readme-'))
  try {
    writeFileSync(join(work, 'example.mjs'), script)
    const printed = execFileSync(process.execPath, ['--conditions=@bailiwick/source', join(work, 'example.mjs')], { encoding: 'utf8' })
    expect(printed.trim().split('\n')).toEqual(expected)
    expect(expected.length).toBeGreaterThan(2)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
})
