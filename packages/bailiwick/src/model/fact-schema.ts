import * as z from 'zod'
import type { FactDeclaration, FrameDeclaration } from './manifest.ts'
import { durationPattern } from './quantity.ts'
import { factOperators } from './fact.ts'
import { parseValuePath } from './value-path.ts'
import { effects, factScopes, outcomeStatuses, responses } from './vocabulary.ts'

const valuePath = z
  .string()
  .refine((text) => parseValuePath(text) !== null, 'a value is named like `input.account`, `output.total`, `params.week` or `person`')

const oneOrMore = <T extends z.ZodType>(one: T): z.ZodUnion<[T, z.ZodArray<T>]> => z.union([one, z.array(one).min(1)])

/** The form of `facts`, given the forms of what it shares with the rest of the manifest. */
export function factSchema(shared: {
  readonly toolReference: z.ZodType<string>
  readonly label: z.ZodType<string>
  readonly frame: z.ZodType<FrameDeclaration>
}): z.ZodType<FactDeclaration> {
  const { toolReference, label, frame } = shared
  const same = z.union([z.array(valuePath).min(1), z.record(valuePath, valuePath)], {
    error: 'a list of values, or `{ past value: value of the call at hand }`',
  })
  const pattern = z.strictObject({
    tool: oneOrMore(toolReference).optional(),
    effect: oneOrMore(z.enum(effects)).optional(),
    labels: oneOrMore(label).optional(),
    response: oneOrMore(z.enum([...responses, 'any'])).optional(),
    outcome: oneOrMore(z.enum([...outcomeStatuses, 'any'])).optional(),
    where: z.record(valuePath, frame).optional(),
    same: same.optional(),
    by: valuePath.optional(),
  })
  const event = z.union([toolReference, z.array(toolReference).min(1), pattern], {
    error: 'a tool, a list of tools, or an object of `tool`, `effect`, `labels`, `response`, `outcome`, `where`, `same`, `by`',
  })
  return z
    .strictObject({
      formerly: event.optional(),
      previous: event.optional(),
      since: event.optional(),
      count: event.optional(),
      sum: event.optional(),
      distinct: event.optional(),
      and: z.array(event).min(1).optional(),
      never: event.optional(),
      always: event.optional(),
      of: valuePath.optional(),
      by: valuePath.optional(),
      same: same.optional(),
      over: z.enum(factScopes).default('session'),
      within: z.string().regex(durationPattern, 'a window is written like `90s`, `10m`, `1h` or `7d`'),
    })
    .superRefine((value, context) => {
      const complain = (message: string): void => context.addIssue({ code: 'custom', message })
      const operators = factOperators.filter((operator) => value[operator] !== undefined)
      if (operators.length !== 1) {
        complain(`give exactly one of ${factOperators.map((operator) => `\`${operator}\``).join(', ')}`)
        return
      }
      const [operator] = operators
      const has = (key: 'and' | 'never' | 'always' | 'of' | 'by'): boolean => value[key] !== undefined
      if (operator === 'since' ? has('never') === has('always') : has('never') || has('always'))
        complain('`since` goes with either `never` or `always`, which go with nothing else')
      if ((operator === 'sum' || operator === 'distinct') !== has('of'))
        complain('`sum` and `distinct` need `of`, which goes with nothing else')
      if (has('and') && operator !== 'formerly') complain('`and` goes with `formerly`')
      if (has('by') && operator !== 'count' && !has('and')) complain('`by` goes with `count`, and with `formerly` and `and`')
    })
}
