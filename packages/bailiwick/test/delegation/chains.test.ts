import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../src/decide/decide.ts'
import type { Ancestor } from '../../src/decide/decision-input.ts'
import { SessionUsage } from '../../src/decide/session-usage.ts'
import { compileFrame } from '../../src/model/frame.ts'
import type { ContractPart } from '../../src/model/narrowing/contract-part.ts'
import { isNarrower } from '../../src/model/narrowing/is-narrower.ts'
import { contractOf } from '../../src/model/narrowing/contract-part.ts'
import type { Goal, Ruleset } from '../../src/model/ruleset.ts'
import type { Session } from '../../src/model/session.ts'
import { letsThrough } from '../../src/model/vocabulary.ts'
import { inputFor, noon, rulesetFor } from '../decide/ruleset-for.ts'
import { changed, frame, params, part, tools, value } from '../model/narrowing/arbitrary-parts.ts'
import { credentialOf, deskManifest } from './delegated-office.ts'

const declared = Object.entries(params).map(([name, one]) => `${name}: { type: ${typeof one === 'number' ? 'integer' : 'string'} }`)
const ruleset = rulesetFor({
  manifest: deskManifest()
    .replace('params: { team: { type: string } }', `params: { ${declared.join(', ')} }`)
    .replace('mail.drafts: {}', 'notes.purge: {}')
    .replace('tools: { read: { effect: read } }', 'tools: { read: { effect: read }, purge: { effect: destructive } }'),
  base: '/srv/data',
})
const letters = ruleset.goals.get('letters') as Goal

/** The desk with another contract for its goal: frames by tool and argument, and how many calls it allows. */
const contract = fc.record({
  frames: fc.record(Object.fromEntries(tools.map((tool) => [tool, fc.dictionary(fc.constantFrom('a', 'b'), frame, { maxKeys: 1 })]))),
  calls: fc.integer({ min: 1, max: 6 }),
})

function rulesWith({ frames, calls }: typeof contract extends fc.Arbitrary<infer T> ? T : never): { rules: Ruleset; whole: ContractPart } {
  const compiled = new Map(
    Object.entries(frames).map(([tool, own]) => [
      tool,
      new Map(Object.entries(own).map(([name, one]) => [name, compileFrame(one, ruleset.base)])),
    ]),
  )
  const goal: Goal = { ...letters, contract: compiled, limits: { ...letters.limits, calls } }
  const { limits, allow } = ruleset.manifest.goals['letters']!
  return {
    rules: { ...ruleset, goals: new Map([['letters', goal]]) },
    whole: contractOf({ tools: frames, allow, limits: { ...limits, calls } }),
  }
}

const row = ['boss', 'temp', 'intern', 'helper']

/** A family in which each delegates to the next, and how often each has been let through before. */
function familyOf(parts: readonly ContractPart[], made: readonly number[]): Ancestor[] {
  const family: Ancestor[] = []
  for (const [index, own] of [null, ...parts].entries()) {
    const parent = family.at(-1)
    const session: Session = {
      id: `ses_${index}`,
      agent: row[index] as string,
      goal: 'letters',
      params,
      person: 'ann',
      request: null,
      opened: noon,
      state: 'active',
      ...(own === null || parent === undefined ? {} : { delegation: { id: `dlg_${index}`, parent: parent.session.id, part: own } }),
    }
    family.push({ session, usage: new SessionUsage(parent?.usage) })
  }
  for (const [index, { usage }] of family.entries())
    for (let past = 0; past < (made[index] ?? 0); past += 1)
      usage.decided({ key: `${index} ${past}`, tool: 'notes.read', allowed: true, now: noon })
  return family
}

const call = fc.record({ tool: fc.constantFrom(...tools), args: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value, { maxKeys: 2 }) })
const counts = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 })

/** Whether a session of a family may make a call: the last one, or one above it for itself. */
function allows(
  rules: Ruleset,
  family: readonly Ancestor[],
  { tool, args }: typeof call extends fc.Arbitrary<infer T> ? T : never,
): boolean {
  const { session, usage } = family.at(-1) as Ancestor
  const input = inputFor(rules, tool, args, { session, usage, credential: credentialOf(session) })
  return letsThrough(decide({ ...input, ancestors: family.slice(0, -1) }).response)
}

const timeless = (one: ContractPart): ContractPart => ({ ...one, expires: null })
const calls = fc.array(call, { minLength: 8, maxLength: 8 })

test('Whatever was handed on, be it wider or not, no call is let through that a session above may not make.', () => {
  let allowed = 0
  const chain = contract.chain((whole) => {
    const one = fc.oneof(part, changed(rulesWith(whole).whole), changed(rulesWith(whole).whole)).map(timeless)
    return fc.tuple(fc.constant(whole), fc.array(one, { minLength: 1, maxLength: 3 }))
  })
  fc.assert(
    fc.property(chain, counts, calls, ([whole, parts], made, attempts) => {
      const { rules } = rulesWith(whole)
      const family = familyOf(parts, made)
      for (const one of attempts) {
        if (!allows(rules, family, one)) continue
        allowed += 1
        for (let above = 1; above < family.length; above += 1) expect(allows(rules, family.slice(0, above), one)).toBe(true)
      }
    }),
    { numRuns: 1500 },
  )
  expect(allowed).toBeGreaterThan(50)
})

test('What was found to be narrower takes nothing from what it was handed on from: where the part lets a call through, so do all above.', () => {
  let narrow = 0
  const chain = contract.chain((whole) => {
    const of = rulesWith(whole).whole
    return fc.tuple(
      fc.constant(whole),
      changed(of).chain((one) => fc.tuple(fc.constant(timeless(one)), changed(one).map(timeless))),
    )
  })
  fc.assert(
    fc.property(chain, calls, ([whole, [first, second]], attempts) => {
      const { rules, whole: of } = rulesWith(whole)
      const ground = { params, base: ruleset.base }
      if (isNarrower(first, of, ground) !== null || isNarrower(second, first, ground) !== null) return
      narrow += 1
      const family = familyOf([first, second], [])
      // Of two links of which one is said to be narrower, the wider one decides nothing: taken out of the chain, every answer is the same.
      const without = familyOf([second], [])
      for (const one of attempts) expect(allows(rules, family, one)).toBe(allows(rules, without, one))
    }),
    { numRuns: 3000 },
  )
  expect(narrow).toBeGreaterThan(50)
})
