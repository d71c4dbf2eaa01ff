import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const packageRoot = fileURLToPath(new URL('..', import.meta.url))

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** What the example under the heading prints. */
function printedBy(heading: string): string {
  const [, example] = /```js\n(.*?)```/s.exec(readme.slice(readme.indexOf(`## ${heading}\n`)))!
  const flags = ['--conditions=@bailiwick/source', '--input-type=module', '--eval', example!]
  return execFileSync(process.execPath, flags, { cwd: packageRoot, encoding: 'utf8' })
}

test('The example in the README runs verbatim and prints what the README says.', () => {
  const [head, answers] = printedBy('Five minutes').split('\n\nincluded')
  expect(head).toMatch(/^example\.com\/log\n5\n[A-Za-z0-9+/]{43}=\n\n— example\.com\/log [A-Za-z0-9+/]+=*$/)
  expect(`included${answers}`).toBe('included: true\nchanged entry: false\nconsistent: true\n')
})

test.each(['A log as files', 'A witnessed entry, proven offline'])(
  'The section "%s" of the README runs verbatim and prints what the README says.',
  (heading) => {
    const section = readme.slice(readme.indexOf(`## ${heading}\n`))
    const [, said] = /\nIt prints (.*?)\.\n/s.exec(section)!
    const lines = [...said!.matchAll(/`([^`]+)`/g)].map((match) => match[1])
    expect(lines).toHaveLength(3)
    expect(printedBy(heading).trimEnd().split('\n')).toEqual(lines)
  },
)
