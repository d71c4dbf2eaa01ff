import fc from 'fast-check'
import { anyExpression, booleanExpression } from './expressions.ts'
import { actionIds, entityText, entityType, ids, entityTypes, quote } from './names.ts'
import type { TemplateLink } from '../../src/index.ts'

export interface GeneratedPolicies {
  readonly policies: Record<string, string>
  readonly templates: Record<string, string>
  readonly links: readonly TemplateLink[]
}

const action = fc.constantFrom(...actionIds).map((id) => `Action::${quote(id)}`)

function head(variable: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 14, arbitrary: fc.constant(variable) },
    { weight: 1, arbitrary: entityText.map((entity) => `${variable} == ${entity}`) },
    { weight: 2, arbitrary: entityText.map((entity) => `${variable} in ${entity}`) },
    { weight: 2, arbitrary: entityType.map((type) => `${variable} is ${type}`) },
    { weight: 1, arbitrary: fc.tuple(entityType, entityText).map(([type, entity]) => `${variable} is ${type} in ${entity}`) },
  )
}

const actionHead = fc.oneof(
  { weight: 8, arbitrary: fc.constant('action') },
  { weight: 1, arbitrary: action.map((one) => `action == ${one}`) },
  { weight: 1, arbitrary: action.map((one) => `action in ${one}`) },
  { weight: 2, arbitrary: fc.array(action, { maxLength: 3 }).map((some) => `action in [${some.join(', ')}]`) },
)

const conditions = fc
  .array(
    fc.tuple(
      fc.constantFrom('when', 'when', 'unless'),
      fc.oneof(
        { weight: 8, arbitrary: booleanExpression },
        { weight: 1, arbitrary: anyExpression },
        // Errors exactly when the expression does, whatever its type.
        { weight: 8, arbitrary: anyExpression.map((expression) => `[${expression}].isEmpty() || true`) },
      ),
    ),
    { minLength: 0, maxLength: 2 },
  )
  .map((clauses) => clauses.map(([kind, body]) => ` ${kind} { ${body} }`).join(''))

const effect = fc.constantFrom('permit', 'permit', 'forbid')

const policy = fc
  .tuple(effect, head('principal'), actionHead, head('resource'), conditions)
  .map(([kind, principal, which, resource, rest]) => `${kind} (${principal}, ${which}, ${resource})${rest};`)

const slot = (variable: string): fc.Arbitrary<string> =>
  fc.constantFrom(`${variable} == ?${variable}`, `${variable} in ?${variable}`, `${variable} is User in ?${variable}`)

const uid = fc.record({ type: fc.constantFrom(...entityTypes), id: fc.constantFrom(...ids) })

const template = fc
  .record({ effect, principal: fc.option(slot('principal')), action: actionHead, resource: fc.option(slot('resource')), conditions })
  .filter(({ principal, resource }) => principal !== null || resource !== null)
  .chain(({ effect: kind, principal, action: which, resource, conditions: rest }) =>
    fc.array(fc.tuple(uid, uid), { maxLength: 2 }).map((values) => ({
      text: `${kind} (${principal ?? 'principal'}, ${which}, ${resource ?? 'resource'})${rest};`,
      values: values.map(([first, second]) => ({
        ...(principal === null ? {} : { '?principal': first }),
        ...(resource === null ? {} : { '?resource': second }),
      })),
    })),
  )

/** Policies, and now and then templates with links. */
export const generatedPolicies: fc.Arbitrary<GeneratedPolicies> = fc
  .tuple(
    fc.array(policy, { minLength: 1, maxLength: 4 }),
    fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(template, { maxLength: 2 })),
  )
  .map(([texts, templates]) => ({
    policies: Object.fromEntries(texts.map((text, index) => [`p${index}`, text])),
    templates: Object.fromEntries(templates.map(({ text }, index) => [`t${index}`, text])),
    links: templates.flatMap(({ values }, index) =>
      values.map((value, count) => ({ template: `t${index}`, id: `l${index}.${count}`, values: value })),
    ),
  }))
