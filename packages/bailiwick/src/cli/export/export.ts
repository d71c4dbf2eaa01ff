import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { cefLine } from '../../ledger/export/cef.ts'
import type { ExportRecord } from '../../ledger/export/export-record.ts'
import { jsonLine } from '../../ledger/export/jsonl.ts'
import { ocsfEvent } from '../../ledger/export/ocsf.ts'
import { readRecords } from '../../ledger/export/read-records.ts'
import { RecordReader } from '../../ledger/export/record-reader.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { responses } from '../../model/vocabulary.ts'
import type { Response } from '../../model/vocabulary.ts'
import { action, command } from '../command.ts'
import { openRecords } from '../installation.ts'
import { safe } from '../output.ts'
import { writeBundle } from './bundle.ts'
import { followLedger } from './follow.ts'
import { lineFile, standardOutput } from './line-writer.ts'
import type { LineWriter } from './line-writer.ts'

const formats: Readonly<Record<string, (record: ExportRecord) => string>> = {
  jsonl: jsonLine,
  ocsf: (record) => JSON.stringify(ocsfEvent(record)),
  cef: cefLine,
}

/** An index or a time in milliseconds since 1970. */
type Bound = { readonly index: number } | { readonly time: number }

interface ExportOptions {
  readonly format: string
  readonly from?: Bound
  readonly to?: Bound
  readonly session?: string
  readonly agent?: readonly string[]
  readonly response?: readonly Response[]
  readonly label?: readonly string[]
  readonly payloads?: boolean
  readonly out?: string
  readonly follow?: boolean
  readonly bundle?: string
}

export function exportCommand(): Command {
  return command('export', 'write out the ledger for other programs: JSON Lines, OCSF, CEF')
    .description('Writes one line for each entry of the ledger, oldest first, to standard output or a file.')
    .addOption(new Option('--format <format>', 'the form of each line').choices(Object.keys(formats)).default('jsonl'))
    .addOption(new Option('--from <place>', 'from this entry, or this time in RFC 3339, on').argParser(bound))
    .addOption(new Option('--to <place>', 'up to and without this entry or time').argParser(bound))
    .option('--session <id>', 'only of this session')
    .option('--agent <names...>', 'only of these agents')
    .addOption(new Option('--response <responses>', 'only calls that were answered so, such as `deny,ask`').argParser(responseList))
    .option('--label <labels...>', 'only calls with one of these labels on the session or the result')
    .option('--payloads', 'with arguments, results and the like, where they are kept and genuine')
    .addOption(
      new Option('--follow', 'instead, send it to the sinks that the manifest declares, until stopped').conflicts([
        'format',
        'from',
        'to',
        'session',
        'agent',
        'response',
        'label',
        'payloads',
        'out',
        'bundle',
      ]),
    )
    .addOption(
      new Option(
        '--bundle <path>',
        'instead, evidence of one session with proofs, as a folder or a `.tar`; it must not be there yet',
      ).conflicts(['format', 'from', 'to', 'agent', 'response', 'label', 'out']),
    )
    .option('--out <file>', 'where to write it; the file must not be there yet')
    .action(
      action(async (context, options: ExportOptions) => {
        const { output, locations } = context
        if (options.follow === true) {
          await followLedger(context)
          return 0
        }
        if (options.payloads === true && options.format === 'cef')
          throw new BailiwickError('USAGE', 'CEF has no room for payloads', { mend: 'use `--format jsonl` or `--format ocsf`' })
        const { bundle, session } = options
        if (bundle !== undefined && session === undefined)
          throw new BailiwickError('USAGE', 'a bundle is about one session', { mend: 'name it with `--session`' })
        const records = await openRecords(locations, output.note)
        try {
          if (bundle === undefined || session === undefined)
            await writeAll(records.ledgerStore, options, options.out === undefined ? standardOutput() : lineFile(options.out))
          else {
            const entries = await writeBundle(records, {
              session,
              target: bundle,
              manifest: locations.manifest,
              payloads: options.payloads === true,
            })
            output.data({ bundle, session, entries })
            output.text(`${safe(bundle)}: ${entries} entries with proofs\n${records.ledgerKey}`)
          }
        } finally {
          await records.close()
        }
        return 0
      }),
    )
}

async function writeAll(store: LedgerStore, options: ExportOptions, writer: LineWriter): Promise<void> {
  const { from, to, session, agent: agents, response: answered, label: labels } = options
  const format = formats[options.format] as (record: ExportRecord) => string
  const reader = new RecordReader(store, options.payloads === true)
  const range = {
    from: from !== undefined && 'index' in from ? from.index : 0,
    // What is appended meanwhile belongs to the next export.
    to: Math.min(await store.size(), to !== undefined && 'index' in to ? to.index : Infinity),
  }
  const selection = {
    session,
    agents,
    responses: answered,
    labels,
    since: from !== undefined && 'time' in from ? from.time : undefined,
    until: to !== undefined && 'time' in to ? to.time : undefined,
  }
  try {
    for await (const record of readRecords(store, reader, range, selection)) if (!(await writer.line(format(record)))) break
    await writer.end()
  } catch (error) {
    await writer.abandon()
    throw error
  }
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/

function bound(text: string): Bound {
  if (/^\d{1,15}$/.test(text)) return { index: Number(text) }
  const time = rfc3339.test(text) ? Date.parse(text.toUpperCase().replace(' ', 'T')) : Number.NaN
  if (Number.isNaN(time)) throw new InvalidArgumentError('It is the number of an entry, or a time such as 2026-01-15T12:00:00Z.')
  return { time }
}

function responseList(text: string): readonly Response[] {
  return text.split(',').map((name) => {
    const response = responses.find((one) => one === name.trim())
    if (response === undefined) throw new InvalidArgumentError(`It is a list of ${responses.join(', ')}.`)
    return response
  })
}
