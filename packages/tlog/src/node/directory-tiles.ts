import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TlogError } from '../error.ts'
import { parseTilePath } from '../tile-path.ts'
import type { TileStore } from '../tile-store.ts'
import { DurableFiles } from './durable-files.ts'

/** More than any bundle of 256 entries of 65,535 bytes has. */
const MAX_RESOURCE_SIZE = 2 ** 25

/**
 * Keeps a tiled log in a folder, laid out so that any web server can serve it. It takes the path `checkpoint` and those
 * of tiles and entry bundles; any other throws `TlogError` `bad_path`. Files are written as `DurableFiles` does.
 */
export class DirectoryTiles implements TileStore {
  readonly #folder: string
  readonly #files: DurableFiles

  /** The folder is made by the first write. */
  constructor(folder: string) {
    this.#folder = folder
    this.#files = new DurableFiles(folder)
  }

  /** Throws `TlogError` `bad_tile` for a file of over 32 MiB. */
  async read(path: string): Promise<Uint8Array | null> {
    assertPath(path)
    const file = join(this.#folder, path)
    try {
      const { size } = await stat(file)
      if (size > MAX_RESOURCE_SIZE) throw new TlogError('bad_tile', `\`${file}\` has \`${size}\` bytes, more than any tile or entry bundle`)
      return new Uint8Array(await readFile(file))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    assertPath(path)
    await this.#files.write(path, bytes)
  }
}

/** Keeps paths out that lead elsewhere: no path of a tile has dots but before `p`, or begins with a slash. */
function assertPath(path: string): void {
  if (path !== 'checkpoint') parseTilePath(path)
}
