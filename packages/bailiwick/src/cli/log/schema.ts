import { Argument } from 'commander'
import type { Command } from 'commander'
import { entryJsonSchema } from '../../ledger/form/entry-json-schema.ts'
import { entryTypes } from '../../model/export.ts'
import type { EntryType } from '../../model/export.ts'
import { action, command } from '../command.ts'

export function schemaCommand(): Command {
  return command('schema', 'print the JSON Schema of entries')
    .description(
      'The form of the entries of a type in all its versions, or of every type, as JSON Schema 2020-12. `log verify` checks each entry by it.',
    )
    .addArgument(new Argument('[type]', 'a type of entries; all when absent').choices(entryTypes))
    .action(
      action(async (_context, type: EntryType | undefined) => {
        process.stdout.write(`${JSON.stringify(entryJsonSchema(type ?? null), null, 2)}\n`)
        return 0
      }),
    )
}
