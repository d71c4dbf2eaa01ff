import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { longestSecret } from './secret-command.ts'

/** Read by anybody, or written by anybody but its owner. */
const open = 0o026

/**
 * Reads a secret from a file, as it is at this moment, without the end of the last line. What is looked at is what is read: the file is opened once.
 * @throws BailiwickError `SECRET_MISSING` when it is no file, cannot be read, can be read by others than owner and group, or written by others than its owner
 */
export function readSecretFile(path: string): string {
  const missing = (why: string, mend?: string, cause?: unknown): BailiwickError =>
    new BailiwickError('SECRET_MISSING', `the secret file \`${path}\` ${why}`, { ...(mend === undefined ? {} : { mend }), cause })
  let file: number
  try {
    // Whoever opens a pipe for reading waits for its writer otherwise.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw missing(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`, undefined, error)
  }
  try {
    const { mode, size } = fstatSync(file)
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw missing('is not a file')
    if (process.platform !== 'win32' && (mode & open) !== 0)
      throw missing(
        `can be ${(mode & 0o004) === 0 ? 'written' : 'read'} by others`,
        `run \`chmod 600 ${path}\`, and replace the secret if others may have read it`,
      )
    if (size > longestSecret) throw missing(`has more than ${longestSecret} bytes`)
    const buffer = Buffer.alloc(longestSecret + 1)
    const length = readSync(file, buffer)
    return buffer.toString('utf8', 0, length).replace(/\r?\n$/, '')
  } finally {
    closeSync(file)
  }
}
