import type { JsonObject } from '../../model/json.ts'
import type { Goal, Ruleset } from '../../model/ruleset.ts'
import type { Tier } from '../../model/vocabulary.ts'
import type { YamlSource } from '../../model/yaml-source.ts'
import { argumentAttacks } from '../attacks/argument-attacks.ts'
import { attackKinds, honestStep, targetOf } from '../attacks/attack.ts'
import type { Attack, AttackKind, Target } from '../attacks/attack.ts'
import { invariantAttacks } from '../attacks/invariant-attacks.ts'
import { randomWalks, weightOf } from '../attacks/random-walks.ts'
import { sequenceAttacks } from '../attacks/sequence-attacks.ts'
import { sessionAttacks } from '../attacks/session-attacks.ts'
import { toolAttacks } from '../attacks/tool-attacks.ts'
import type { EvalCase } from '../case/eval-case.ts'
import { honestParams } from '../generate/honest-task.ts'
import { SeededRandom } from '../generate/seeded-random.ts'
import type { Lab } from '../lab/lab.ts'
import { FindingBook } from './finding-book.ts'
import type { Finding } from './finding.ts'
import { Places } from './place-of-rule.ts'

export interface RedTeamOptions {
  readonly seed: number
  /** Random walks in all, shared out among agents and goals by what there is to lose. */
  readonly walks: number
  /** Goals to try; all when empty. */
  readonly goals: readonly string[]
  /** True when no time is left: nothing more is tried then. */
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
interface HonestTally {
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
  /** True when it ended before all that is planned was tried: such a run shows nothing. */
  readonly unfinished: boolean
  readonly goals: readonly GoalReport[]
  readonly findings: readonly Finding[]
  /** Goals whose parameters cannot be derived, so that nothing was tried. */
  readonly untried: readonly { readonly agent: string; readonly goal: string }[]
}

/** A scripted agent that is wholly under an attacker's control tries what it can for each agent and goal; beside it the honest task. */
export function redTeam(lab: Lab, yaml: YamlSource, options: RedTeamOptions): RedTeamReport {
  const book = new FindingBook(lab, new Places(yaml, lab.ruleset))
  const run = new Run(lab, book, options)
  const { targets, untried } = targetsOf(lab.ruleset, options.goals)
  const weight = (target: Target): number => target.tools.reduce((sum, tool) => sum + weightOf(tool), 1)
  const total = targets.reduce((sum, target) => sum + weight(target), 0)
  const goals = targets.map((target) => run.target(target, Math.ceil((options.walks * weight(target)) / total)))
  return {
    seed: options.seed,
    attempts: lab.decided,
    cutShort: run.cutShort,
    unfinished: run.unfinished,
    goals,
    findings: book.found(),
    untried,
  }
}

/** Each agent with each of its goals, or of those named; and those whose parameters cannot be derived. */
export function targetsOf(
  ruleset: Ruleset,
  names: readonly string[],
): { readonly targets: readonly Target[]; readonly untried: RedTeamReport['untried'] } {
  const targets: Target[] = []
  const untried: { agent: string; goal: string }[] = []
  for (const agent of ruleset.agents.values())
    for (const name of agent.goals) {
      if (names.length > 0 && !names.includes(name)) continue
      const goal = ruleset.goals.get(name) as Goal
      const params = honestParams(goal)
      if (params === undefined) untried.push({ agent: agent.name, goal: name })
      else targets.push(targetOf(ruleset, agent.name, goal, params))
    }
  return { targets, untried }
}

/** What is planned against a target, without the walks. */
export function* plannedAttacks(target: Target): Generator<Attack> {
  yield* toolAttacks(target)
  yield* argumentAttacks(target)
  yield* sessionAttacks(target)
  yield* sequenceAttacks(target)
  yield* invariantAttacks(target)
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
  unfinished = false
  readonly #lab: Lab
  readonly #book: FindingBook
  readonly #options: RedTeamOptions

  constructor(lab: Lab, book: FindingBook, options: RedTeamOptions) {
    this.#lab = lab
    this.#book = book
    this.#options = options
  }

  target(target: Target, walks: number): GoalReport {
    const attacks: Partial<Record<AttackKind, KindTally>> = {}
    for (const attack of plannedAttacks(target)) {
      if (this.#options.overtime()) this.unfinished = true
      if (this.unfinished) break
      this.#try(target, attack, attacks)
    }
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
    const result = this.#book.attempt(evalCase, attack)
    if (result.success === null && result.stopped === null) return
    const tally = (tallies[attack.kind] ??= { tried: 0, stopped: { T0: 0, T1: 0, T2: 0, T3: 0, T4: 0 }, asked: 0, passed: 0 })
    tally.tried += 1
    if (result.success !== null) tally.passed += 1
    else if (result.stopped?.response === 'deny') tally.stopped[result.stopped.tier] += 1
    else tally.asked += 1
  }

  #honest(target: Target): HonestTally {
    const evalCase = honestCase(target)
    const answers = this.#lab.play(evalCase)
    const through = answers.filter((answer) => answer.through)
    for (const [index, answer] of answers.entries())
      if (!answer.through) this.#book.denied({ ...evalCase, steps: evalCase.steps.slice(0, index + 1) }, answer)
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
