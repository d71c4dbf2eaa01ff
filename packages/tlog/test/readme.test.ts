import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const packageRoot = fileURLToPath(new URL('..', import.meta.url))

test('The example in the README runs verbatim and prints what the README says.', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, example] = /```js\n(.*?)```/s.exec(readme)!
  const printed = execFileSync(process.execPath, ['--conditions=@bailiwick/source', '--input-type=module', '--eval', example!], {
    cwd: packageRoot,
    encoding: 'utf8',
  })
  const [head, answers] = printed.split('\n\nincluded')
  expect(head).toMatch(/^example\.com\/log\n5\n[A-Za-z0-9+/]{43}=\n\n— example\.com\/log [A-Za-z0-9+/]+=*$/)
  expect(`included${answers}`).toBe('included: true\nchanged entry: false\nconsistent: true\n')
})
