import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

/** Where files are before they have their names. It is beside them, as a rename stays within one file system. */
const UNFINISHED = '.unfinished'

/**
 * Writes files under a folder so that each is there whole or not at all, whenever the process or the machine stops: to a
 * temporary file, to the disk, then by one step to its name, then the folder to the disk (where folders can be, not on
 * Windows). What a crash leaves in the folder `.unfinished` is no longer needed. Paths are relative, with slashes, and
 * trusted.
 */
export class DurableFiles {
  readonly #folder: string
  readonly #made = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Writes a file, in place of one that is there. */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    await this.#place(path, bytes, rename)
  }

  /** Writes a file unless one is there, and resolves to whether it did. Of several at once, one does. */
  async create(path: string, bytes: Uint8Array): Promise<boolean> {
    try {
      await this.#place(path, bytes, link)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  }

  async #place(path: string, bytes: Uint8Array, place: (from: string, to: string) => Promise<void>): Promise<void> {
    const target = join(this.#folder, path)
    await this.#make(UNFINISHED)
    await this.#make(dirname(path))
    const temporary = join(this.#folder, UNFINISHED, randomUUID())
    try {
      const file = await open(temporary, 'wx')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await place(temporary, target)
    } finally {
      await rm(temporary, { force: true })
    }
    await syncFolder(dirname(target))
  }

  /** Makes a folder, once, and writes every new one on the way to it down in the one above. */
  async #make(path: string): Promise<void> {
    const folder = join(this.#folder, path)
    if (this.#made.has(folder)) return
    const first = await mkdir(folder, { recursive: true })
    if (first !== undefined) {
      const above = dirname(first)
      const steps = relative(above, folder).split(sep)
      for (let i = 0; i < steps.length; i++) await syncFolder(join(above, ...steps.slice(0, i)))
    }
    this.#made.add(folder)
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
