import { mkdtempSync, cpSync, realpathSync, rmSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyPatch, parsePatch } from 'diff'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { advise, subsets } from '../../src/assess/risk/advise.ts'
import { assessAgent } from '../../src/assess/risk/assess-agent.ts'
import { controls } from '../../src/assess/risk/controls.ts'
import type { Control } from '../../src/assess/risk/controls.ts'
import { inSameMatrix, isAtLeast, operationalQuadrants, strategicQuadrants } from '../../src/assess/risk/quadrants.ts'
import { rubric } from '../../src/assess/risk/rubric.ts'
import { whatIf } from '../../src/assess/risk/what-if.ts'
import { decide } from '../../src/decide/decide.ts'
import { SessionUsage } from '../../src/decide/session-usage.ts'
import { checkRuleset, loadRuleset, readRulesetTexts } from '../../src/model/load-ruleset.ts'
import type { RulesetTexts } from '../../src/model/load-ruleset.ts'
import { riskDimensions } from '../../src/model/vocabulary.ts'
import type { RiskAssessment } from '../../src/assess/risk/assess-agent.ts'
import { inputFor, noon } from '../decide/ruleset-for.ts'
import { ops, opsTools } from './ops.ts'
import type { OpsOptions } from './ops.ts'
import { assessed, compiledTexts } from './texts.ts'

const exampleFolder = fileURLToPath(new URL('../../../../examples/ci-coding-assistant', import.meta.url))

/** How bad each dimension is, 5 the worst. */
const badness = ({ dimensions }: RiskAssessment): number[] =>
  riskDimensions.map((one) => (rubric[one].high === 'worse' ? dimensions[one].score : 6 - dimensions[one].score))

test('The advised controls bring the coding assistant to managed risk; the diff applies, checks, and gives the scores that were promised.', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bailiwick-advice-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(exampleFolder, folder, { recursive: true, filter: (path) => !/[/\\](\.work|\.bailiwick|node_modules)$/.test(path) })
  const manifest = join(folder, 'bailiwick.yaml')
  const ruleset = loadRuleset(manifest)
  const agent = [...ruleset.agents.values()][0] as NonNullable<ReturnType<typeof ruleset.agents.get>>
  const advice = advise(readRulesetTexts(manifest), ruleset, agent, 'managed risk')
  expect(advice?.controls).toEqual(['segmentation', 'verification'])
  expect(advice?.assessment.quadrants.operational).toBe('managed risk')
  execFileSync('git', ['apply', '-'], { cwd: folder, input: advice?.diff ?? '', timeout: 20_000 })
  const { ruleset: after, diagnostics } = checkRuleset(manifest)
  expect(diagnostics).toEqual([])
  expect(after === null ? null : assessAgent(after, agent)).toEqual(advice?.assessment)
})

const bit = fc.boolean()
const optionsOf = fc
  .record({
    tools: fc.uniqueArray(fc.constantFrom(...Object.keys(opsTools)), { minLength: 1, maxLength: 6 }),
    framed: bit,
    confirmed: fc.array(bit, { minLength: 9, maxLength: 9 }),
    limits: fc.constantFrom(undefined, '{ calls: 30 }', '{ calls: 30, minutes: 5 }', '{ calls: 30, minutes: 60, repeats: 3 }', '{}'),
    policy: fc.constantFrom(
      undefined,
      '@id("u") @response("ask") @severity("high") forbid (principal, action in Action::"external", resource) when { context.labels.contains("untrusted") };',
      '@id("d") forbid (principal, action, resource) when { context.session.denied >= 5 };',
    ),
    value: fc.integer({ min: 1, max: 5 }),
    observe: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  })
  .map(({ tools, framed, confirmed, limits, policy, value, observe }): OpsOptions => ({
    agent: `value: { score: ${value}, rationale: x }${observe ? ', mode: observe' : ''}`,
    contract: Object.fromEntries(tools.map((tool) => [tool, framed ? framesOf(tool) : '{}'])),
    confirm: tools.filter((_, index) => confirmed[index]),
    ...(limits === undefined ? {} : { limits }),
    ...(policy === undefined ? {} : { policies: { 'p.cedar': policy } }),
  }))

function framesOf(tool: string): string {
  const frames: Readonly<Record<string, string>> = {
    'in.page': '{ url: { domain: corp.example } }',
    'box.save': '{ path: { path: data } }',
    'box.run': '{ command: { in: [make] } }',
    'out.send': '{ to: { domain: corp.example } }',
  }
  return frames[tool] ?? '{}'
}

test('No control makes any score worse, and each compiles, whatever the manifest.', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(optionsOf, fc.subarray([...controls]), (options, set) => {
      const texts = ops(options)
      const { ruleset, agent } = compiledTexts(texts)
      const before = badness(assessAgent(ruleset, agent))
      const after = badness(whatIf(texts, ruleset, agent, set).assessment)
      for (const [index, bad] of after.entries()) expect(bad).toBeLessThanOrEqual(before[index] as number)
    }),
    { numRuns: 20 },
  )
})

test(
  'A stricter manifest never scores worse: fewer tools, more frames, more confirmations, lower limits, a policy that denies.',
  { timeout: 120_000 },
  () => {
    const stricter = fc.record({
      drop: bit,
      frame: bit,
      confirm: bit,
      limits: bit,
      deny: fc.option(fc.constantFrom(...Object.keys(opsTools))),
    })
    fc.assert(
      fc.property(optionsOf, stricter, (options, how) => {
        const tools = Object.keys(options.contract ?? {})
        const kept = how.drop && tools.length > 1 ? tools.slice(1) : tools
        const strict: OpsOptions = {
          ...options,
          contract: Object.fromEntries(kept.map((tool) => [tool, how.frame ? framesOf(tool) : ((options.contract ?? {})[tool] as string)])),
          confirm: how.confirm ? kept : (options.confirm ?? []).filter((tool) => kept.includes(tool)),
          ...(how.limits ? { limits: '{ calls: 10, minutes: 2, repeats: 1 }' } : {}),
          policies: {
            ...options.policies,
            ...(how.deny === null ? {} : { 'deny.cedar': `@id("deny") forbid (principal, action == Action::"${how.deny}", resource);` }),
          },
        }
        const [before, after] = [badness(assessed(ops(options))), badness(assessed(ops(strict)))]
        for (const [index, bad] of after.entries()) expect(bad, riskDimensions[index]).toBeLessThanOrEqual(before[index] as number)
      }),
      { numRuns: 40 },
    )
  },
)

test.each<[string, OpsOptions]>([
  ['nothing bounds', { agent: 'value: { score: 4, rationale: x }' }],
  [
    'is bounded by frames and some confirmations',
    {
      contract: { 'in.mail': '{}', 'in.vault': '{}', 'out.send': "{ to: { in: ['a@corp.example'] } }", 'out.drop': '{}' },
      confirm: ['out.drop'],
      limits: '{ calls: 30 }',
    },
  ],
])('For an agent that %s, the advice is a smallest set: no smaller one of all 32 does as much.', { timeout: 120_000 }, (_, options) => {
  const texts = ops(options)
  const { ruleset, agent } = compiledTexts(texts)
  const tried = new Map<string, RiskAssessment>()
  const all = Array.from({ length: 32 }, (_one, mask) => controls.filter((_two, index) => (mask & (1 << index)) !== 0)).map((set) =>
    whatIf(texts, ruleset, agent, set, null, tried),
  )
  for (const wanted of [...strategicQuadrants, ...operationalQuadrants]) {
    const reaches = (found: RiskAssessment): boolean => isAtLeast(inSameMatrix(found.quadrants, wanted), wanted)
    const sizes = all.filter(({ assessment }) => reaches(assessment)).map((one) => one.controls.length)
    const advice = advise(texts, ruleset, agent, wanted, null, tried)
    expect(advice?.controls.length ?? null, wanted).toBe(sizes.length === 0 ? null : Math.min(...sizes))
    if (advice !== null) expect(reaches(advice.assessment), wanted).toBe(true)
  }
})

test('There are 32 sets of five controls, each once.', () => {
  const all = [0, 1, 2, 3, 4, 5].flatMap((size) => subsets(controls, size).map((set) => set.join()))
  expect([all.length, new Set(all).size]).toEqual([32, 32])
})

test('A control that is in place changes nothing any more.', () => {
  const texts = ops({ agent: 'value: { score: 4, rationale: x }' })
  const { ruleset, agent } = compiledTexts(texts)
  const once = whatIf(texts, ruleset, agent, controls)
  const patched = patchedTexts(texts, once.diff)
  const again = compiledTexts(patched)
  expect(whatIf(patched, again.ruleset, again.agent, controls)).toMatchObject({
    diff: '',
    assessment: { quadrants: once.assessment.quadrants },
  })
})

test('What the controls add is in force: a person is asked, instructions are not written, denied calls end a session.', () => {
  const texts = ops({ contract: { 'in.mail': '{}', 'in.vault': '{}', 'box.save': '{}', 'out.send': '{}' } })
  const { ruleset, agent } = compiledTexts(texts)
  const responseOf = (set: readonly Control[], tool: string, args: Record<string, string> = {}, usage = new SessionUsage()): string => {
    const after = compiledTexts(patchedTexts(texts, whatIf(texts, ruleset, agent, set).diff)).ruleset
    return decide(inputFor(after, tool, args, { usage })).response
  }
  const denied = (): SessionUsage => {
    const usage = new SessionUsage()
    for (let call = 0; call < 3; call += 1) usage.decided({ tool: 'in.mail', key: `k${call}`, allowed: false, now: noon })
    return usage
  }
  const tainted = (): SessionUsage => {
    const usage = new SessionUsage()
    usage.finished({ bytes: 1, labels: ['untrusted'] })
    return usage
  }
  const [mail, save] = [{ to: 'x@corp.example', body: 'x' }, (path: string): Record<string, string> => ({ path, body: 'x' })]
  expect([responseOf([], 'in.vault'), responseOf(['segmentation'], 'in.vault')]).toEqual(['allow', 'ask'])
  expect([responseOf([], 'out.send', mail), responseOf(['verification'], 'out.send', mail)]).toEqual(['allow', 'ask'])
  expect([responseOf(['guardrails'], 'out.send', mail), responseOf(['guardrails'], 'out.send', mail, tainted())]).toEqual(['allow', 'ask'])
  for (const path of ['/srv/x/.github/workflows/ci.yml', 'AGENTS.md', '/srv/bailiwick.yaml'])
    expect([responseOf([], 'box.save', save(path)), responseOf(['guardrails'], 'box.save', save(path))], path).toEqual(['allow', 'deny'])
  expect(responseOf(['guardrails'], 'box.save', save('/srv/x/README.md'))).toBe('allow')
  expect([responseOf([], 'in.mail', {}, denied()), responseOf(['escalation'], 'in.mail', {}, denied())]).toEqual(['allow', 'deny'])
})

test('An agent with the longest name there is can have every control.', () => {
  const texts = ops()
  const long = { ...texts, text: texts.text.replace('  ops: {', `  ${'a-'.repeat(31)}b: {`) }
  const { ruleset, agent } = compiledTexts(long)
  expect(agent.name).toHaveLength(63)
  expect(whatIf(long, ruleset, agent, controls).assessment.dimensions.monitoring.score).toBe(4)
})

test('What a manifest writes through an anchor cannot be changed in place, and is said to be so.', () => {
  const texts = ops({ limits: '&shared { calls: 30 }' })
  const aliased = {
    ...texts,
    text: texts.text
      .replace(/limits: &shared \{ calls: 30 \}/, 'limits: &shared { calls: 30 }')
      .replace('goals:\n  work:', 'goals:\n  other: { tools: {}, limits: &shared { calls: 30 } }\n  work:')
      .replace(/limits: &shared \{ calls: 30 \}\n$/, 'limits: *shared\n'),
  }
  const { ruleset, agent } = compiledTexts(aliased)
  expect(() => whatIf(aliased, ruleset, agent, ['segmentation'])).toThrow(/alias or an anchor/)
})

/** The texts after a diff, applied without a shell. */
function patchedTexts(texts: RulesetTexts, diff: string): RulesetTexts {
  const policies = new Map(texts.policies.map((one) => [one.name, one]))
  let { text } = texts
  if (diff === '') return texts
  for (const patch of parsePatch(diff)) {
    const name = (patch.newFileName as string).slice(2)
    const patched = applyPatch(name === 'bailiwick.yaml' ? text : '', patch)
    if (patched === false) throw new Error(`the patch of ${name} does not apply`)
    if (name === 'bailiwick.yaml') text = patched
    else policies.set(name.slice('policies/'.length), { name: name.slice('policies/'.length), file: name, text: patched })
  }
  return { ...texts, text, policies: [...policies.values()] }
}
