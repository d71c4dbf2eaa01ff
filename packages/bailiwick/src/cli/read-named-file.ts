import { readFileSync } from 'node:fs'
import { BailiwickError } from '../model/bailiwick-error.ts'

/** The bytes of a file that a command line names; `-` is standard input. @throws BailiwickError `USAGE` */
export function readNamedFile(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    throw new BailiwickError('USAGE', `\`${file}\` cannot be read: ${(error as Error).message}`, {
      mend: 'give the path of a file that you may read, or `-` for standard input',
      cause: error,
    })
  }
}
