import type { Decision, Verdict } from '../model/decision.ts'
import { canonicalJson, sha256Hex } from '../model/json.ts'
import { aarmNames, letsThrough, stricter } from '../model/vocabulary.ts'
import type { Tier } from '../model/vocabulary.ts'
import type { AdmittedInput, DecisionInput } from './decision-input.ts'
import { identityVerdict } from './t0-identity.ts'
import { alwaysEnforced, capability } from './t1-capability.ts'
import { policyVerdictOfAll } from './t2-of-all.ts'
import type { PolicyVerdict } from './t2-policy.ts'
import { oversightVerdict } from './t3-oversight.ts'
import { behaviourVerdict } from './t4-behaviour.ts'

/**
 * Decides a call: the five tiers in order, the strictest response wins, a denial ends the evaluation, and whatever goes
 * wrong inside a tier is a denial by that tier. Pure: no I/O, no clock, no randomness; it reads `usage` and changes nothing.
 */
export function decide(input: DecisionInput): Decision {
  const run = new Evaluation(input)
  const verdicts = run.verdicts()
  const worst = decisive(verdicts)
  const { ruleset } = input
  const observing =
    isObserved(input) && worst.response !== 'allow' && worst.tier !== 'T0' && !alwaysEnforced.has(worst.rule) && run.toolKnown
  const response = observing ? 'allow' : worst.response
  return {
    response,
    aarm: aarmNames[response],
    tier: worst.tier,
    rule: worst.rule,
    reason: worst.reason,
    observed: observing ? worst.response : null,
    verdicts,
    policies: run.policies,
    facts: input.facts,
    controls: run.controls,
    redactions: response === 'sanitize' || response === 'ask' ? run.redactions : [],
    approval: letsThrough(response) && verdicts.some((verdict) => verdict.rule === 'T3.approved') ? input.approval : null,
    labels: ruleset.tools.get(input.call.tool)?.declaration.labels ?? [],
    severity: run.severity,
  }
}

/** Whether an agent is only observed, and each that has delegated to it: a delegate is bound by what binds those. */
export function isObserved({ session, ancestors = [], ruleset }: Pick<DecisionInput, 'session' | 'ancestors' | 'ruleset'>): boolean {
  return [...ancestors.map((one) => one.session), session].every(({ agent }) => ruleset.agents.get(agent)?.mode === 'observe')
}

/** The verdict that a decision rests on: the strictest; where nothing stands against the call, the approval or the policy that permits it. */
function decisive(verdicts: readonly Verdict[]): Verdict {
  const strictest = verdicts.reduce((a, b) => (stricter(a.response, b.response) === a.response ? a : b))
  if (strictest.response !== 'allow') return strictest
  return verdicts.find((verdict) => verdict.rule === 'T3.approved') ?? verdicts.find((verdict) => verdict.tier === 'T2') ?? strictest
}

/** Identifies a call for the loop rule: the same tool with the same arguments. */
export function callKey(tool: string, args: unknown): string {
  return sha256Hex(`${tool}\n${canonicalJson(args)}`)
}

class Evaluation {
  policies: readonly string[] = []
  severity: PolicyVerdict['severity'] = null
  controls: readonly string[] = []
  redactions: PolicyVerdict['redactions'] = []
  toolKnown = false
  readonly #input: DecisionInput
  readonly #verdicts: Verdict[] = []

  constructor(input: DecisionInput) {
    this.#input = input
  }

  verdicts(): readonly Verdict[] {
    if (this.#denies('T0', () => identityVerdict(this.#input))) return this.#verdicts
    let admitted: AdmittedInput | null = null
    const denied = this.#denies('T1', () => {
      const found = capability(this.#input)
      this.toolKnown = found.tool !== null
      if (found.tool !== null && found.goal !== null) admitted = { ...this.#input, tool: found.tool, goal: found.goal }
      return found.verdict
    })
    if (denied || admitted === null) return this.#verdicts
    const input: AdmittedInput = admitted
    let asking: Verdict | null = null
    const forbidden = this.#denies('T2', () => {
      const { verdict, agreed, ...found } = policyVerdictOfAll(input)
      this.policies = found.policies
      this.severity = found.severity
      this.controls = found.controls
      this.redactions = found.redactions
      asking = verdict.response === 'ask' ? verdict : null
      // Whether a person has agreed is T3's to say, which repeats the question if not; what is to be sanitised stays so.
      return asking === null ? verdict : (agreed ?? { ...verdict, response: 'allow' })
    })
    if (forbidden) return this.#verdicts
    if (this.#denies('T3', () => oversightVerdict(input, asking))) return this.#verdicts
    this.#denies('T4', () => behaviourVerdict(input, callKey(input.call.tool, input.call.arguments)))
    return this.#verdicts
  }

  #denies(tier: Tier, judge: () => Verdict): boolean {
    let verdict: Verdict
    try {
      verdict = judge()
    } catch (error) {
      // Fail closed: a tier that cannot answer denies, and says so in the record.
      verdict = {
        tier,
        response: 'deny',
        rule: `${tier}.fault`,
        reason: `the call could not be judged: ${error instanceof Error ? error.message : String(error)}`,
      }
    }
    this.#verdicts.push(verdict)
    return verdict.response === 'deny'
  }
}
