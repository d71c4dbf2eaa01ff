import type { JsonObject } from '../../model/json.ts'
import type { Agent, Goal } from '../../model/ruleset.ts'
import type { Tier } from '../../model/vocabulary.ts'
import type { YamlSource } from '../../model/yaml-source.ts'
import { argumentAttacks } from '../attacks/argument-attacks.ts'
import { attackKinds, honestStep, targetOf } from '../attacks/attack.ts'
import type { Attack, AttackKind, Target } from '../attacks/attack.ts'
import { randomWalks, weightOf } from '../attacks/random-walks.ts'
import { sequenceAttacks } from '../attacks/sequence-attacks.ts'
import { sessionAttacks } from '../attacks/session-attacks.ts'
import { toolAttacks } from '../attacks/tool-attacks.ts'
import type { CaseStep, EvalCase } from '../case/eval-case.ts'
import { honestParams } from '../generate/honest-task.ts'
import { SeededRandom } from '../generate/seeded-random.ts'
import { Lab } from '../lab/lab.ts'
import { attempt } from './attempt.ts'
import type { AttemptResult } from './attempt.ts'
import type { Finding } from './finding.ts'
import { mendOf } from './mend-of.ts'
import { Places } from './place-of-rule.ts'
import { shrink, sizeOf } from './shrink.ts'

export interface RedTeamOptions {
  readonly seed: number
  /** Random walks in all, shared out among agents and goals by what there is to lose. */
  readonly walks: number
  /** Goals to try; all when empty. */
  readonly goals: readonly string[]
  /** True when no time is left. What is planned is always tried to the end of its kind; walks end at once. */
  readonly overtime: () => boolean
}

/** What came of the attacks of one kind that ought not to have succeeded. */
export interface KindTally {
  tried: number
  readonly stopped: Record<Tier, number>
  /** A person was asked. */
  asked: number
  passed: number
}

/** What came of the honest task. */
export interface HonestTally {
  readonly calls: number
  /** Let through with no person asked. */
  readonly unaided: number
  readonly asked: number
  readonly denied: readonly { readonly tool: string; readonly rule: string; readonly reason: string }[]
  /** Tools whose honest arguments cannot be derived from schema and frames. */
  readonly underivable: readonly string[]
}

export interface GoalReport {
  readonly agent: string
  readonly goal: string
  readonly params: JsonObject
  readonly attacks: Partial<Record<AttackKind, KindTally>>
  readonly honest: HonestTally
}

export interface RedTeamReport {
  readonly seed: number
  readonly attempts: number
  /** True when the time ended before the walks did. */
  readonly cutShort: boolean
  readonly goals: readonly GoalReport[]
  readonly findings: readonly Finding[]
  /** Goals whose parameters cannot be derived, so that nothing was tried. */
  readonly untried: readonly { readonly agent: string; readonly goal: string }[]
}

/** A scripted agent that is wholly under an attacker's control tries what it can for each agent and goal; beside it the honest task. */
export function redTeam(lab: Lab, yaml: YamlSource, options: RedTeamOptions): RedTeamReport {
  const { agents, goals } = lab.ruleset
  const run = new Run(lab, new Places(yaml, lab.ruleset), options)
  const targets: Target[] = []
  const untried: { agent: string; goal: string }[] = []
  for (const agent of agents.values())
    for (const name of agent.goals) {
      if (options.goals.length > 0 && !options.goals.includes(name)) continue
      const goal = goals.get(name) as Goal
      const params = honestParams(goal)
      if (params === undefined) untried.push({ agent: agent.name, goal: name })
      else targets.push(targetOf(lab.ruleset, agent.name, goal, params))
    }
  const weight = (target: Target): number => target.tools.reduce((sum, tool) => sum + weightOf(tool), 1)
  const total = targets.reduce((sum, target) => sum + weight(target), 0)
  const reports = targets.map((target) => run.target(target, Math.ceil((options.walks * weight(target)) / total)))
  return { seed: options.seed, attempts: lab.decided, cutShort: run.cutShort, goals: reports, findings: run.found(), untried }
}

/** What is planned against a target, without the walks. */
export function* plannedAttacks(target: Target): Generator<Attack> {
  yield* toolAttacks(target)
  yield* argumentAttacks(target)
  yield* sessionAttacks(target)
  yield* sequenceAttacks(target)
}

/** The honest task as one case. */
export function honestCase(target: Target): EvalCase {
  const steps = target.tools.flatMap((tool) => honestStep(target, tool) ?? []).map((step) => ({ ...step, approved: true }))
  return caseFor(target, { kind: 'sequence', trick: 'the honest task', steps })
}

/** An attack as a case that can be kept. */
export function caseFor(target: Pick<Target, 'agent' | 'goal' | 'params'>, { kind, trick, steps }: Attack): EvalCase {
  return {
    name: trick,
    kind: 'attack',
    why: trick,
    agent: target.agent,
    goal: target.goal.name,
    params: target.params,
    person: null,
    request: null,
    steps,
    severity: 'blocking',
    tags: attackKinds[kind],
  }
}

class Run {
  cutShort = false
  readonly #lab: Lab
  readonly #places: Places
  readonly #options: RedTeamOptions
  readonly #findings = new Map<string, Finding>()

  constructor(lab: Lab, places: Places, options: RedTeamOptions) {
    this.#lab = lab
    this.#places = places
    this.#options = options
  }

  /** The worst first, each once. */
  found(): Finding[] {
    return [...this.#findings.values()].sort((a, b) => (a.severity === b.severity ? 0 : a.severity === 'blocking' ? -1 : 1))
  }

  target(target: Target, walks: number): GoalReport {
    const attacks: Partial<Record<AttackKind, KindTally>> = {}
    for (const attack of plannedAttacks(target)) this.#try(target, attack, attacks)
    const walking = randomWalks(target, new SeededRandom(this.#options.seed))
    for (let done = 0; done < walks; done += 1) {
      if (this.#options.overtime()) {
        this.cutShort = true
        break
      }
      const { value } = walking.next()
      if (value === undefined) break
      this.#try(target, value as Attack, attacks)
    }
    return { agent: target.agent, goal: target.goal.name, params: target.params, attacks, honest: this.#honest(target) }
  }

  #try(target: Target, attack: Attack, tallies: Partial<Record<AttackKind, KindTally>>): void {
    const evalCase = caseFor(target, attack)
    const result = attempt(this.#lab, evalCase, attack.obeying === true)
    if (result.success === null && result.stopped === null) return
    const tally = (tallies[attack.kind] ??= { tried: 0, stopped: { T0: 0, T1: 0, T2: 0, T3: 0, T4: 0 }, asked: 0, passed: 0 })
    tally.tried += 1
    if (result.success !== null) {
      tally.passed += 1
      this.#note(evalCase, attack, result.success)
    } else if (result.stopped?.response === 'deny') tally.stopped[result.stopped.tier] += 1
    else tally.asked += 1
  }

  #note(evalCase: EvalCase, attack: Attack, { step, ought, answer }: NonNullable<AttemptResult['success']>): void {
    const tool = evalCase.steps[step]?.call ?? evalCase.steps.at(-1)?.call ?? ''
    const key = JSON.stringify([evalCase.agent, evalCase.goal, ought.rule, ought.path, tool])
    const known = this.#findings.get(key)
    if (known !== undefined && sizeOf(known.case.steps) <= 200 + sizeOf(evalCase.steps)) {
      this.#findings.set(key, { ...known, count: known.count + 1 })
      return
    }
    const shows = (steps: readonly CaseStep[]): boolean => {
      const { success } = attempt(this.#lab, { ...evalCase, steps }, attack.obeying === true)
      return success?.ought.rule === ought.rule && JSON.stringify(success.ought.path) === JSON.stringify(ought.path)
    }
    const smallest = shrink(evalCase.steps, shows)
    const observed = answer.observed !== null
    const expect = ought.response === 'stop' ? 'deny' : 'ask'
    this.#findings.set(key, {
      rule: ought.rule,
      severity: observed ? 'advisory' : ought.severity,
      trick: attack.trick,
      message: `\`${tool}\` is ${answer.response === 'ask' ? 'put before a person' : 'let through'}: ${ought.why}${observed ? ` (the agent \`${evalCase.agent}\` is only observed)` : ''}`,
      mend: observed ? 'set `mode: enforce` when you have seen enough' : mendOf(ought, tool),
      case: {
        ...evalCase,
        why: ought.why,
        severity: ought.severity,
        steps: smallest.map((one, index) => (index === smallest.length - 1 ? { ...one, expect } : one)),
      },
      answer: { response: answer.response, tier: answer.tier, rule: answer.rule },
      place: this.#places.inManifest(ought.path),
      count: (known?.count ?? 0) + 1,
    })
  }

  #honest(target: Target): HonestTally {
    const evalCase = honestCase(target)
    const answers = this.#lab.play(evalCase)
    const through = answers.filter((answer) => answer.through)
    return {
      calls: answers.length,
      unaided: through.filter((answer) => !answer.approved).length,
      asked: through.filter((answer) => answer.approved).length,
      denied: answers.flatMap((answer, index) =>
        answer.through ? [] : [{ tool: evalCase.steps[index]?.call ?? '', rule: answer.rule, reason: answer.reason }],
      ),
      underivable: target.tools.filter((tool) => !target.honest.has(tool.key)).map((tool) => tool.key),
    }
  }
}

/** An agent may pursue a goal that several pursue; which of them a report is about is by both names. */
export function nameOf({ agent, goal }: { readonly agent: Agent['name']; readonly goal: string }): string {
  return `${agent} towards ${goal}`
}
