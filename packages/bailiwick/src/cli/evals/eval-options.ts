import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { durationPattern, milliseconds } from '../../model/quantity.ts'

/** Options that red team and fuzzing share. */
export interface EvalOptions {
  readonly seed: number
  readonly time: number
  readonly suites?: string
  readonly junit?: string
  readonly sarif?: string
  readonly ledger?: boolean
}

export function withEvalOptions(command: Command, time: string): Command {
  return command
    .option('--seed <n>', 'where the random part begins; the same seed tries the same', wholeNumber, 1)
    .option('--time <duration>', 'how long it may take at most, such as `30s`', duration, milliseconds(time))
    .option('--suites <folder>', 'where cases are kept (default: suites/redteam beside the manifest)')
    .option('--junit <file>', 'write a JUnit report')
    .option('--sarif <file>', 'write a SARIF report, which points at lines of the manifest and of policies')
    .option('--ledger', 'record the result in the ledger')
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('write a whole number')
  return Number(text)
}

export function percentage(text: string): number {
  const value = Number(text)
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(text) || value > 100) throw new InvalidArgumentError('write a number from 0 to 100')
  return value
}

function duration(text: string): number {
  if (!durationPattern.test(text)) throw new InvalidArgumentError('write a duration such as `30s`')
  return milliseconds(text)
}
