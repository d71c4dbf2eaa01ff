import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const example = fileURLToPath(new URL('..', import.meta.url))

/** A copy of the example's rules and kept cases, gone when the test is over. */
export function exampleCopy(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'support-agent-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['bailiwick.yaml', 'bailiwick.lock.json', 'policies', 'suites/redteam'])
    cpSync(join(example, name), join(folder, name), { recursive: true })
  return folder
}

/** Changes a file in a folder, and fails when there is nothing to change. Resolves to the line on which `at` stands afterwards. */
export function weaken(folder: string, name: string, from: string, to: string, at: string): number {
  const path = join(folder, name)
  const before = readFileSync(path, 'utf8')
  if (!before.includes(from)) throw new Error(`${name} does not hold ${from}`)
  const after = before.replace(from, () => to)
  writeFileSync(path, after)
  if (!after.includes(at)) throw new Error(`${name} does not hold ${at}`)
  return after.slice(0, after.indexOf(at)).split('\n').length
}
