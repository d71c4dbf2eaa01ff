import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realPathsOf } from '../../src/enforce/real-paths.ts'
import { compileFrame } from '../../src/model/frame.ts'
import { ownFileIn } from '../../src/model/path-frame.ts'

let base: string
let own: string[]

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'own-files-'))
  mkdirSync(join(base, '.bailiwick/keys'), { recursive: true })
  mkdirSync(join(base, 'policies'))
  mkdirSync(join(base, 'data'))
  writeFileSync(join(base, 'bailiwick.yaml'), '')
  symlinkSync('../.bailiwick', join(base, 'data/harmless'))
  own = ['bailiwick.yaml', 'bailiwick.lock.json', 'policies', '.bailiwick'].map((name) => join(base, name))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

/** The own file that a path argument would touch: as an unframed `path` sink, and under a frame of the whole folder. */
function touched(path: string): (string | null)[] {
  const framed = new Map([['path', compileFrame({ path: '.' }, base)]])
  return [
    ownFileIn(realPathsOf(new Map(), { path }, true, { arguments: ['path'], own, cwd: base }), own),
    ownFileIn(realPathsOf(framed, { path }, true, { arguments: [], own, cwd: base }), own),
  ]
}

describe('what governs an agent is beyond its reach', () => {
  it.each(['.bailiwick/keys/approver.key', 'policies/own.cedar', 'bailiwick.yaml', 'bailiwick.lock.json', '.bailiwick'])(
    '`%s` may not be touched by its absolute path',
    (name) => {
      expect(touched(join(base, name))).toEqual([expect.any(String), expect.any(String)])
    },
  )

  it('keys may not be reached through a symbolic link, by `..`, or by a relative path', () => {
    expect(touched(join(base, 'data/harmless/keys/approver.key'))).toEqual([own[3], own[3]])
    expect(touched(`${base}/data/../.bailiwick/bailiwick.db`)).toEqual([own[3], own[3]])
    expect(touched('./data/../.bailiwick/bailiwick.db')[0]).toBe(own[3])
  })

  it('a file beside them that only begins like one of them may be touched', () => {
    expect(touched(join(base, 'bailiwick.yaml.md'))).toEqual([null, null])
    expect(touched(join(base, 'data/report.md'))).toEqual([null, null])
  })
})
