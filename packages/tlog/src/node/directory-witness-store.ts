import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { equalBytes } from '../bytes.ts'
import { parseCheckpoint } from '../checkpoint.ts'
import { TlogError } from '../error.ts'
import { parseNote } from '../note.ts'
import type { TreeState } from '../tile-writer.ts'
import type { WitnessedHead, WitnessStore } from '../witness-store.ts'
import { DurableFiles } from './durable-files.ts'

/** Older files that are kept, for people to look at. */
const KEPT = 3

interface NumberedHead {
  /** 0 if there is no head. */
  readonly number: number
  readonly head: WitnessedHead | null
}

/**
 * Keeps the heads of a witness in a folder, durably and for any number of processes on one machine: for each log a folder
 * named by the hash of its origin, with one file for each step, named by its number. A step is taken by making the file
 * with the next number, which only one can. A file is the signed checkpoint, after a line that says whether it has been
 * cosigned. Nothing but this class may write there; taking an old copy of the folder back makes the witness forget.
 */
export class DirectoryWitnessStore implements WitnessStore {
  readonly #folder: string
  readonly #files: DurableFiles

  /** The folder is made by the first write. It must be on a file system with hard links. */
  constructor(folder: string) {
    this.#folder = folder
    this.#files = new DurableFiles(folder)
  }

  /** Throws `TlogError` `bad_note` or `bad_checkpoint` if the file has been damaged: then nothing may be cosigned. */
  async latest(origin: string): Promise<WitnessedHead | null> {
    return (await this.#latest(origin)).head
  }

  /** May resolve to false although it did replace the head, if that has been replaced again by the time it looks. */
  async replace(origin: string, expected: TreeState | null, next: WitnessedHead): Promise<boolean> {
    const { number, head } = await this.#latest(origin)
    const same =
      head === null || expected === null ? head === expected : head.size === expected.size && equalBytes(head.root, expected.root)
    if (!same) return false
    const log = logFolder(origin)
    if (!(await this.#files.create(`${log}/${number + 1}`, new TextEncoder().encode(format(next))))) return false
    const numbers = await this.#numbers(origin)
    // Whoever is late by so many steps that the number had been tidied away has lost after all.
    if (Math.max(...numbers) !== number + 1) return false
    for (const old of numbers.filter((one) => one < number - KEPT)) await rm(join(this.#folder, log, String(old)), { force: true })
    return true
  }

  async #latest(origin: string): Promise<NumberedHead> {
    for (;;) {
      const number = Math.max(0, ...(await this.#numbers(origin)))
      if (number === 0) return { number, head: null }
      const text = await readIfThere(join(this.#folder, logFolder(origin), String(number)))
      if (text !== null) return { number, head: parse(origin, text) }
    }
  }

  async #numbers(origin: string): Promise<number[]> {
    try {
      const names = await readdir(join(this.#folder, logFolder(origin)))
      return names.filter((name) => /^[1-9][0-9]{0,14}$/.test(name)).map(Number)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }
}

function logFolder(origin: string): string {
  return createHash('sha256').update(origin).digest('hex')
}

function format({ note, cosigned }: WitnessedHead): string {
  return `${cosigned ? 'cosigned' : 'recorded'}\n${note}`
}

function parse(origin: string, text: string): WitnessedHead {
  const [, state, note] = /^(cosigned|recorded)\n(.*)$/s.exec(text) ?? []
  if (note === undefined)
    throw new TlogError('bad_note', `what is kept of log \`${origin}\` is damaged; find its last checkpoint elsewhere`)
  const { size, root, ...checkpoint } = parseCheckpoint(parseNote(note).text)
  if (checkpoint.origin === origin) return { size, root, note, cosigned: state === 'cosigned' }
  throw new TlogError('bad_checkpoint', `what is kept of log \`${origin}\` is a checkpoint of \`${checkpoint.origin}\``)
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
