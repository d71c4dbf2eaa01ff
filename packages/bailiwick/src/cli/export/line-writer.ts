import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { BailiwickError } from '../../model/bailiwick-error.ts'

/** Takes lines as fast as whoever reads them does. */
export interface LineWriter {
  /** False when nobody reads any more. */
  readonly line: (text: string) => Promise<boolean>
  readonly end: () => Promise<void>
  /** Leaves nothing half written behind, where that is possible. */
  readonly abandon: () => Promise<void>
}

/** Standard output. A reader that goes away, such as `head`, ends the writing without a fault. */
export function standardOutput(): LineWriter {
  let gone = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    gone = true
  })
  return {
    line: async (text) => {
      if (!gone && !process.stdout.write(`${text}\n`)) await drained(process.stdout)
      return !gone
    },
    end: async () => {},
    abandon: async () => {},
  }
}

/** A new file, which has its name only once it is whole. @throws BailiwickError `USAGE` when there is one of that name */
export function lineFile(path: string): LineWriter {
  if (existsSync(path))
    throw new BailiwickError('USAGE', `\`${path}\` is there already, and is not overwritten`, { mend: 'choose another name' })
  const part = `${path}.part`
  const stream = createWriteStream(part, { mode: 0o600 })
  let fault: Error | null = null
  stream.on('error', (error) => (fault = error))
  const assertWritten = (): void => {
    if (fault !== null)
      throw new BailiwickError('USAGE', `\`${path}\` cannot be written: ${fault.message}`, {
        mend: 'check folder, rights and space',
        cause: fault,
      })
  }
  return {
    line: async (text) => {
      assertWritten()
      if (!stream.write(`${text}\n`)) await drained(stream)
      return true
    },
    end: async () => {
      await new Promise<void>((resolve) => stream.end(() => resolve()))
      assertWritten()
      renameSync(part, path)
    },
    abandon: async () => {
      stream.destroy()
      rmSync(part, { force: true })
    },
  }
}

/** Waits until the stream takes more, or never will again. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const name of ends) stream.off(name, done)
      resolve()
    }
    for (const name of ends) stream.on(name, done)
  })
}

const ends = ['drain', 'close', 'error'] as const
