import pc from 'picocolors'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { placeOf } from '../model/diagnostic.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import type { Response } from '../model/vocabulary.ts'

/** How a command speaks: results on standard output, everything else on standard error, colours only on a terminal. */
export interface Output {
  readonly json: boolean
  /** A result for people; nothing in JSON mode. */
  readonly text: (line: string) => void
  /** The result for machines; nothing otherwise. */
  readonly data: (value: unknown) => void
  /** What goes on, or went wrong, beside the result. */
  readonly note: (line: string) => void
  /** What takes its time: shown on a terminal and wiped out when it is over. */
  readonly progress: (line: string | null) => void
}

/** Characters that could make a terminal do something, shown as what they are. */
export function safe(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? '\n' : `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  )
}

export function consoleOutput(json: boolean): Output {
  const terminal = process.stderr.isTTY
  return {
    json,
    text: (line) => void (json || process.stdout.write(`${line}\n`)),
    data: (value) => void (json && process.stdout.write(`${JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0)}\n`)),
    note: (line) => void process.stderr.write(`${line}\n`),
    progress: (line) => void (terminal && process.stderr.write(line === null ? '\r\u001B[K' : `\r\u001B[K${line}`)),
  }
}

const colours: Readonly<Record<Response, (text: string) => string>> = {
  allow: pc.green,
  sanitize: pc.cyan,
  sandbox: pc.cyan,
  defer: pc.yellow,
  ask: pc.yellow,
  deny: pc.red,
}

/** A response in its colour. */
export function responseText(response: Response, width = 0): string {
  return colours[response](response.padEnd(width))
}

/** A table with aligned columns; cells are shown safely, except those that hold our own colours. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const plain = (cell: string): string => cell.replaceAll(/\u001B\[\d+m/g, '')
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => plain(row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] as number) - plain(cell).length)))
      .join('  ')
      .trimEnd()
  return [pc.bold(line(head)), ...rows.map(line)].join('\n')
}

/** A finding with its place and its mend. */
export function diagnosticText(diagnostic: Diagnostic): string {
  const kind = diagnostic.severity === 'error' ? pc.red('error') : pc.yellow('warning')
  return `${pc.bold(safe(placeOf(diagnostic)))}: ${kind} ${pc.dim(diagnostic.code)} ${safe(diagnostic.message)}\n    ${safe(diagnostic.mend)}`
}

/** A fault as a person reads it. */
export function faultText(error: BailiwickError): string {
  if (error.diagnostics.length > 0) return error.diagnostics.map(diagnosticText).join('\n')
  return `${pc.red('error')} ${pc.dim(error.code)} ${safe(error.message)}${error.mend === null ? '' : `\n    ${safe(error.mend)}`}`
}

/** A fault as a machine reads it. */
export function faultData(error: BailiwickError): Record<string, unknown> {
  return { error: { code: error.code, message: error.message, mend: error.mend, diagnostics: error.diagnostics } }
}
