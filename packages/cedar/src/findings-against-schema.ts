import { checkParseSchema, validate } from '#cedar-wasm'
import type { CedarFinding } from './cedar-error.ts'
import { toFinding, toValidationFinding } from './findings.ts'
import { slotValuesOf } from './links.ts'
import type { TemplateLink } from './links.ts'
import type { ReadPolicy } from './policy-source.ts'

/** What the official validator, in strict mode, finds wrong with policies, templates and links; a policy that can never apply counts as wrong. */
export function findingsAgainstSchema(
  policies: ReadonlyMap<string, ReadPolicy>,
  links: readonly TemplateLink[],
  schema: string,
): CedarFinding[] {
  const parsed = checkParseSchema(schema)
  if (parsed.type === 'failure') return parsed.errors.map((error) => toFinding(error, schema, null))
  const texts = new Map([...policies].map(([id, policy]) => [id, policy.text]))
  for (const link of links) texts.set(link.id, texts.get(link.template) as string)
  const textsOf = (isTemplate: boolean): Record<string, string> =>
    Object.fromEntries([...policies].filter(([, policy]) => policy.isTemplate === isTemplate).map(([id, { text }]) => [id, text]))
  const answer = validate({
    validationSettings: { mode: 'strict' },
    schema,
    policies: {
      staticPolicies: textsOf(false),
      templates: textsOf(true),
      templateLinks: links.map((link) => ({
        templateId: link.template,
        newId: link.id,
        values: Object.fromEntries([...slotValuesOf(link)].map(([slot, { type, id }]) => [slot, { type, id }])),
      })),
    },
  })
  if (answer.type === 'failure') return answer.errors.map((error) => toFinding(error, null, null))
  const errors = answer.validationErrors.map((found) => toValidationFinding(found, texts))
  const faulty = new Set(errors.map((error) => error.policy))
  const impossible = answer.validationWarnings.filter(
    (found) => found.error.message.includes('policy is impossible') && !faulty.has(found.policyId),
  )
  return [...errors, ...impossible.map((found) => toValidationFinding(found, texts))]
}
