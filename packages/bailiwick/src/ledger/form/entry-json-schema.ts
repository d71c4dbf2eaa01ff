import * as z from 'zod'
import type { EntryType } from '../../model/export.ts'
import { entryForms } from './entry-forms.ts'

/** JSON Schema 2020-12 of the entries of a type in every version of its form, or of all types. */
export function entryJsonSchema(type: EntryType | null = null): Record<string, unknown> {
  const wanted = type === null ? (Object.keys(entryForms) as EntryType[]) : [type]
  const registry = z.registry<{ id: string }>()
  const names = wanted.flatMap((one) =>
    entryForms[one].map((form, index) => {
      const id = `${one}-${index + 1}`
      registry.add(form, { id })
      return id
    }),
  )
  const { schemas } = z.toJSONSchema(registry, { target: 'draft-2020-12', uri: (id) => `#/$defs/${id}` })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:bailiwick:ledger:${type ?? 'entry'}`,
    title: type === null ? 'An entry of the ledger' : `An entry of the ledger, of the type ${type}`,
    description:
      'Entries are canonical JSON (RFC 8785). `type` and `v`, the version of its form, say which of the definitions an entry is of. What each member means is in docs/guides/ledger.md.',
    oneOf: names.map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs: Object.fromEntries(
      names.map((name) => {
        const { $schema: _schema, $id: _id, ...form } = schemas[name] as Record<string, unknown>
        return [name, form]
      }),
    ),
  }
}
