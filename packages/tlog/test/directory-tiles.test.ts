import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendTiles, parseTilePath, tilePath, tilePlaces, verifyTiles } from '../src/index.ts'
import { DirectoryTiles } from '../src/node/index.ts'
import { coded } from './coded.ts'
import { countingEntries } from './log.ts'
import { naiveHead, naiveTile, naiveTiles } from './naive-tiles.ts'
import { nativeSha256 } from './naive-tree.ts'

let folder: string
let store: DirectoryTiles
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tlog-tiles-'))
  store = new DirectoryTiles(join(folder, 'new', 'log'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The paths of all files of the log that have their names. */
function files(root: string): string[] {
  return globSync('**/*', { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.unfinished'))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
}

test('A log in a folder has the files of the definitions and nothing else, and verifies.', async () => {
  const entries = countingEntries(700)
  const head = await appendTiles(nativeSha256, store, naiveHead([]), entries)
  const root = join(folder, 'new', 'log')
  expect(files(root).sort()).toEqual([...naiveTiles(entries).keys()].sort())
  for (const [path, bytes] of naiveTiles(entries)) expect(new Uint8Array(readFileSync(join(root, path)))).toEqual(bytes)
  expect(await verifyTiles(nativeSha256, new DirectoryTiles(root), head)).toEqual({ entries: 700, tiles: 4 })
  expect(readdirSync(join(root, '.unfinished'))).toEqual([])
})

test('A resource is replaced by a later one, and what was not written is null.', async () => {
  expect(await store.read('checkpoint')).toBeNull()
  await store.write('checkpoint', Uint8Array.of(1))
  await store.write('checkpoint', Uint8Array.of(2, 3))
  expect(await store.read('checkpoint')).toEqual(Uint8Array.of(2, 3))
  expect(await store.read('tile/0/000')).toBeNull()
})

test('No path leads out of the folder or to a file that is no resource.', async () => {
  writeFileSync(join(folder, 'secret'), 'secret')
  const hostile = [
    '../../secret',
    'tile/0/../../../../secret',
    '/etc/passwd',
    '.unfinished',
    'tile',
    '',
    'checkpoint/..',
    'tile\\0\\000',
    'tile/0/000\0',
  ]
  for (const path of hostile) {
    await expect(store.read(path), path).rejects.toThrow(coded('bad_path'))
    await expect(store.write(path, Uint8Array.of(1)), path).rejects.toThrow(coded('bad_path'))
  }
  expect(existsSync(join(folder, 'new'))).toBe(false)
})

test('A file that is far too large is not read, and a folder in the place of a file is an error.', async () => {
  await store.write('checkpoint', Uint8Array.of(1))
  truncateSync(join(folder, 'new', 'log', 'checkpoint'), 2 ** 26)
  await expect(store.read('checkpoint').then((bytes) => bytes?.length)).rejects.toThrow(coded('bad_tile'))
  mkdirSync(join(folder, 'new', 'log', 'tile', '0', '000'), { recursive: true })
  await expect(store.read('tile/0/000')).rejects.toThrow('EISDIR')
  await expect(store.write('tile/0/000', Uint8Array.of(1))).rejects.toThrow()
  expect(readdirSync(join(folder, 'new', 'log', '.unfinished'))).toEqual([])
})

test('Two stores that write one path at a time leave one of the two, whole.', async () => {
  const other = new DirectoryTiles(join(folder, 'new', 'log'))
  for (let round = 0; round < 30; round++) {
    const [a, b] = [new Uint8Array(8192).fill(1), new Uint8Array(4096).fill(2)]
    const reads = Array.from({ length: 5 }, async () => store.read('tile/0/000'))
    await Promise.all([store.write('tile/0/000', a), other.write('tile/0/000', b), ...reads])
    for (const bytes of [...(await Promise.all(reads)), await store.read('tile/0/000')]) {
      if (bytes !== null) expect([Buffer.compare(bytes, a), Buffer.compare(bytes, b)]).toContain(0)
    }
  }
})

test('A log whose keeper is killed at any moment has no half tile, verifies at the last head and goes on from there.', async () => {
  const appender = fileURLToPath(new URL('./tile-appender.ts', import.meta.url))
  for (let round = 0; round < 8; round++) {
    const root = join(folder, `killed-${round}`)
    const child = spawn(process.execPath, [appender, root], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk))
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 20 + 37 * round))
    child.kill('SIGKILL')
    await once(child, 'close')

    const size = Number(printed.split('\n').at(-2))
    const entries = countingEntries(size + 500)
    for (const path of files(root)) {
      const { level, index, width } = parseTilePath(path)
      expect(new Uint8Array(readFileSync(join(root, path))), path).toEqual(naiveTile(entries, level, index, width))
    }
    const reopened = new DirectoryTiles(root)
    const head = naiveHead(entries.slice(0, size))
    expect([...tilePlaces(size)].map(tilePath).filter((path) => !files(root).includes(path))).toEqual([])
    expect((await verifyTiles(nativeSha256, reopened, head)).entries).toBe(size)
    const after = await appendTiles(nativeSha256, reopened, head, entries.slice(size))
    expect((await verifyTiles(nativeSha256, reopened, after)).entries).toBe(size + 500)
  }
})
