import { statSync } from 'node:fs'
import { leastPassphrase } from '../authority/trust/sealed-key.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { readNamedFile } from './read-named-file.ts'

/**
 * A passphrase from the first line of a file, or from the keyboard, unseen. Never from an argument, which every process can read.
 * @param file null for the keyboard
 * @param again true to have it typed twice, since what it seals does not open with another
 * @throws BailiwickError `USAGE` without either, `KEY_FILE` for a file that others can read
 */
export async function readPassphrase(prompt: string, file: string | null, again: boolean): Promise<string> {
  const passphrase = file === null ? await typed(prompt, again) : fromFile(file)
  if (again && passphrase.length < leastPassphrase)
    throw new BailiwickError('USAGE', `a passphrase has ${leastPassphrase} characters at least`, {
      mend: 'four words that do not belong together are a good one',
    })
  return passphrase
}

function fromFile(file: string): string {
  const text = new TextDecoder().decode(readNamedFile(file))
  const stats = file === '-' ? null : statSync(file)
  if (process.platform !== 'win32' && stats?.isFile() === true && (stats.mode & 0o077) !== 0)
    throw new BailiwickError('KEY_FILE', `the file \`${file}\` with the passphrase can be read by others`, {
      mend: `run \`chmod 600 ${file}\``,
    })
  return text.split(/\r?\n/)[0] as string
}

async function typed(prompt: string, again: boolean): Promise<string> {
  const passphrase = await hiddenLine(prompt)
  if (again && (await hiddenLine('once more: ')) !== passphrase)
    throw new BailiwickError('USAGE', 'the two passphrases differ', { mend: 'begin again' })
  return passphrase
}

function hiddenLine(prompt: string): Promise<string> {
  const { stdin, stderr } = process
  if (!stdin.isTTY)
    throw new BailiwickError('USAGE', 'there is no terminal to ask for the passphrase', { mend: 'give it with `--passphrase-file`' })
  // Unseen from the first letter on, also for whoever types ahead.
  stdin.setRawMode(true).setEncoding('utf8').resume()
  stderr.write(prompt)
  return new Promise((resolve, reject) => {
    let text = ''
    const end = (): void => {
      stdin.off('data', take).setRawMode(false).pause()
      stderr.write('\n')
    }
    const take = (data: string): void => {
      for (const [index, character] of [...data].entries()) {
        if (character === '\r' || character === '\n') {
          end()
          const rest = [...data].slice(index + 1).join('')
          if (rest !== '') stdin.unshift(rest)
          return resolve(text)
        }
        if (character === '\u0003' || character === '\u0004') {
          end()
          return reject(new BailiwickError('USAGE', 'no passphrase was given'))
        }
        text = character === '\u007F' || character === '\b' ? [...text].slice(0, -1).join('') : text + character
      }
    }
    stdin.on('data', take)
  })
}
