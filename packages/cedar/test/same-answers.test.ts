import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generatedPolicies } from './generate/policies.ts'
import { world } from './generate/world.ts'
import { ours, theirs } from './oracle.ts'

/** `CEDAR_CASES` sets how many cases are tried, `CEDAR_SEED` repeats a run; a failure prints its seed and the smallest case found. */
const cases = Number(process.env['CEDAR_CASES'] ?? 2000)
const seed = Number(process.env['CEDAR_SEED'] ?? Date.now() % 2 ** 31)

test(
  `the official build and this package answer ${cases} generated cases alike (seed ${seed})`,
  () => {
    fc.assert(
      fc.property(world, generatedPolicies, ({ schema, isGiven, entities, requests }, policies) => {
        const question = { ...policies, schema: isGiven ? schema : undefined, entities, requests }
        expect(ours(question)).toEqual(theirs(question))
      }),
      { numRuns: cases, seed },
    )
  },
  30_000 + cases * 60,
)
