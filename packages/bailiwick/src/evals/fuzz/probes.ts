import { parsePolicies } from '@bailiwick/cedar'
import { attackKinds, honestStep } from '../attacks/attack.ts'
import type { Target } from '../attacks/attack.ts'
import { readingPrefixes } from '../attacks/sequence-attacks.ts'
import type { EvalCase } from '../case/eval-case.ts'
import { policyRequests } from '../generate/policy-requests.ts'
import type { PolicyFile } from '../../model/policy-source.ts'
import { caseFor, honestCase, plannedAttacks } from '../redteam/red-team.ts'
import { sizeOf } from '../redteam/shrink.ts'

/** Cases that may tell a ruleset from a mutant of it, with the policy that each was made for. */
export interface Probe {
  readonly case: EvalCase
  readonly obeying: boolean
  /** Null for what is to be tried on every mutant. */
  readonly policy: string | null
}

/** Everything planned against the targets, each honest call, what may follow on labels by the policies alone, and requests at the edges of each policy. The shortest come first. */
export function probesOf(targets: readonly Target[], policies: readonly PolicyFile[], seed: number): Probe[] {
  const probes = targets.flatMap((target) => [...generalProbes(target), ...policyProbes(target, policies, seed)])
  const sized = probes.map((probe) => ({
    probe,
    size: sizeOf(probe.case.steps) + probe.case.steps.reduce((sum, { times = 1 }) => sum + times, 0),
  }))
  return sized.sort((a, b) => a.size - b.size).map(({ probe }) => probe)
}

function* generalProbes(target: Target): Generator<Probe> {
  yield { case: { ...honestCase(target), kind: 'honest' }, obeying: false, policy: null }
  for (const tool of target.tools) {
    const step = honestStep(target, tool)
    if (step === null) continue
    yield {
      case: { ...caseFor(target, { kind: 'unconfirmed', trick: `\`${tool.key}\` as it is meant`, steps: [step] }), kind: 'honest' },
      obeying: false,
      policy: null,
    }
    for (const prefix of readingPrefixes(target)) {
      const trick = `what policies say to \`${tool.key}\` after ${prefix.map(({ call }) => `\`${call}\``).join(', ')}`
      yield {
        case: caseFor(target, { kind: 'exfiltration', trick, steps: [...prefix, { ...step, at: 'T2' }] }),
        obeying: false,
        policy: null,
      }
    }
  }
  for (const attack of plannedAttacks(target)) yield { case: caseFor(target, attack), obeying: attack.obeying === true, policy: null }
}

function* policyProbes(target: Target, policies: readonly PolicyFile[], seed: number): Generator<Probe> {
  const seen = new Set<string>()
  for (const file of policies)
    for (const [index, { json, annotations }] of parsePolicies(file.text).entries()) {
      const policy = annotations['id'] ?? `${file.name}#${index}`
      for (const step of policyRequests(target, json, seed)) {
        // The same with labels that were truly met, which shows a label that a result no longer carries.
        const met = { call: step.call, with: step.with, at: step.at }
        const form = JSON.stringify(met)
        if (!seen.has(form))
          for (const prefix of readingPrefixes(target))
            yield {
              case: caseFor(target, {
                kind: 'exfiltration',
                trick: `what policies say to \`${step.call}\` after reading`,
                steps: [...prefix, met],
              }),
              obeying: false,
              policy: null,
            }
        seen.add(form)
        yield {
          case: {
            ...caseFor(target, { kind: 'argument', trick: `what policies say to \`${step.call}\``, steps: [step] }),
            tags: attackKinds.argument,
          },
          obeying: false,
          policy,
        }
      }
    }
}
