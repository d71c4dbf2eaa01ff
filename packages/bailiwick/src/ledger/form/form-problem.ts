import type * as z from 'zod'
import { isJsonObject } from '../../model/json.ts'
import { entryForms } from './entry-forms.ts'
import { quickCheck } from './quick-check.ts'

const forms = new Map(
  Object.entries(entryForms).map(([type, versions]) => [type, versions.map((schema) => ({ schema, holds: quickCheck(schema) }))]),
)

/**
 * What is wrong with the form of an entry that JSON.parse gave, to be said after its name (`entry 12 …`); null when it is as the version of its type
 * says. A type or version that this build does not know is wrong, too: nothing can be said of what it means.
 */
export function formProblem(entry: unknown): string | null {
  if (!isJsonObject(entry)) return 'is not an object'
  const { type, v } = entry
  const versions = forms.get(type as string)
  const form = versions?.[(v as number) - 1]
  if (form?.holds(entry) === true) return null
  if (typeof type !== 'string') return 'does not say its type'
  if (versions === undefined) return `is of the type \`${type.slice(0, 64)}\`, which this build does not know: written by a newer build?`
  if (typeof v !== 'number') return 'does not say the version of its form'
  if (form === undefined)
    return `is of version ${v} of the type ${type}, and this build knows 1 to ${versions.length}: written by a newer build?`
  return `is not as version ${v} of the type ${type} says: ${firstIssue(form.schema, entry)}`
}

function firstIssue(schema: z.ZodType, entry: unknown): string {
  const [issue] = schema.safeParse(entry).error?.issues ?? []
  // The quick check is right: it alone takes a member `__proto__` for one.
  if (issue === undefined) return 'a member has a name that none may have'
  return issue.path.length === 0 ? issue.message : `\`${issue.path.join('.')}\`: ${issue.message}`
}
