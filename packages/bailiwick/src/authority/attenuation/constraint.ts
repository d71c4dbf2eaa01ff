import * as z from 'zod'
import type { Bound, PartFrame } from '../../model/narrowing/contract-part.ts'

const values = z.array(z.json())
const several = z.lazy(() => z.array(constraintSchema))

function bound(at: number | undefined, inclusive: boolean): Bound | null {
  return at === undefined ? null : { at, open: !inclusive }
}

/**
 * A constraint of an argument, as a token writes it, read to the frame that means the same. A type that is not known here, and a member that its type does not
 * have, is no constraint: what is not understood lets nothing through.
 */
export const constraintSchema: z.ZodType<PartFrame> = z.discriminatedUnion('constraint_type', [
  z.strictObject({ constraint_type: z.literal('exact'), value: z.json() }).transform(({ value }): PartFrame => ({ oneOf: [value] })),
  z
    .strictObject({
      constraint_type: z.literal('range'),
      min: z.number().optional(),
      max: z.number().optional(),
      min_inclusive: z.boolean().default(true),
      max_inclusive: z.boolean().default(true),
    })
    .transform(({ min, max, ...inclusive }): PartFrame => ({
      from: bound(min, inclusive.min_inclusive),
      to: bound(max, inclusive.max_inclusive),
    })),
  z.strictObject({ constraint_type: z.literal('one_of'), values }).transform((of): PartFrame => ({ oneOf: of.values })),
  z
    .strictObject({ constraint_type: z.literal('not_one_of'), excluded: values })
    .transform(({ excluded }): PartFrame => ({ noneOf: excluded })),
  z.strictObject({ constraint_type: z.literal('contains'), required: values }).transform(({ required }): PartFrame => ({ has: required })),
  z.strictObject({ constraint_type: z.literal('subset'), allowed: values }).transform(({ allowed }): PartFrame => ({ only: allowed })),
  z.strictObject({ constraint_type: z.literal('wildcard') }).transform((): PartFrame => ({ all: [] })),
  z
    .strictObject({ constraint_type: z.literal('all'), constraints: several })
    .transform(({ constraints }): PartFrame => ({ all: constraints })),
  z
    .strictObject({ constraint_type: z.literal('any'), constraints: several })
    .transform(({ constraints }): PartFrame => ({ any: constraints })),
]) as z.ZodType<PartFrame>
