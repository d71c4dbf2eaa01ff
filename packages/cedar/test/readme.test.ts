import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '..')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')
const scripts = [...readme.matchAll(/## (.*)\n(?:(?!\n## )[\s\S])*?```js\n([\s\S]*?)```/g)].map(
  ([, title, script]) => [title, script] as const,
)

test('The README has its examples', () => {
  expect(scripts.map(([title]) => title)).toEqual(['Five minutes', 'With a schema'])
})

test.each(scripts)('The example of "%s" runs as it stands and prints what it says', (_title, script = '') => {
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
