import type { Threat, ThreatModel } from './threat-model.ts'
import { verdicts } from './try-steps.ts'
import type { Verdict } from './try-steps.ts'

/** An attack in two versions of the rules. `was` or `now` is null where it cannot even be thought of. */
export interface ThreatChange {
  readonly threat: Threat
  readonly was: Verdict | null
  readonly now: Verdict | null
}

export interface ThreatChanges {
  /** Nearer to going through than before. */
  readonly opened: readonly ThreatChange[]
  /** Further from it. */
  readonly closed: readonly ThreatChange[]
  readonly unchanged: readonly ThreatChange[]
}

/** What became of each attack from one version of the rules to another. New attacks that do not go through are unchanged. */
export function compareThreats(before: ThreatModel, after: ThreatModel): ThreatChanges {
  const was = new Map(before.threats.map((threat) => [threat.id, threat]))
  const now = new Map(after.threats.map((threat) => [threat.id, threat]))
  const all = [...new Set([...now.keys(), ...was.keys()])].map((id) => {
    const [old, present] = [was.get(id), now.get(id)]
    return { threat: (present ?? old) as Threat, was: old?.verdict ?? null, now: present?.verdict ?? null }
  })
  return {
    opened: all.filter((change) => nearness(change.now) > nearness(change.was)),
    closed: all.filter((change) => nearness(change.now) < nearness(change.was)),
    unchanged: all.filter((change) => nearness(change.now) === nearness(change.was)),
  }
}

/** How near an attack is to going through: one that is not there is as far as one that is cut. */
function nearness(verdict: Verdict | null): number {
  return verdict === null ? 0 : verdicts.indexOf(verdict)
}
