import { createTwoFilesPatch } from 'diff'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { compileTexts } from '../../model/load-ruleset.ts'
import type { RulesetTexts } from '../../model/load-ruleset.ts'
import type { Agent, Ruleset } from '../../model/ruleset.ts'
import type { AgentHistory } from '../history.ts'
import { assessAgent } from './assess-agent.ts'
import type { RiskAssessment } from './assess-agent.ts'
import { withControls } from './controls.ts'
import type { Control } from './controls.ts'

/** An agent's risk, were certain controls in place. */
export interface WhatIf {
  readonly controls: readonly Control[]
  readonly assessment: RiskAssessment
  /** The change of manifest and policies, as a unified diff; empty when they are in place. */
  readonly diff: string
}

/** What came of each change that was tried, by its diff: many sets of controls come to the same. */
export type Tried = Map<string, RiskAssessment>

/**
 * Puts controls in place in memory, compiles and assesses again.
 * @throws BailiwickError `RISK_CHANGE` when the manifest cannot be edited so, or what comes of it does not compile
 */
export function whatIf(
  texts: RulesetTexts,
  ruleset: Ruleset,
  agent: Agent,
  controls: readonly Control[],
  history: AgentHistory | null = null,
  tried: Tried = new Map(),
): WhatIf {
  const changed = changedTexts(texts, ruleset, agent, controls)
  const diff = textsDiff(texts, changed)
  const assessment = tried.get(diff) ?? assessChanged(changed, agent, controls, history)
  tried.set(diff, assessment)
  return { controls, assessment, diff }
}

function assessChanged(changed: RulesetTexts, agent: Agent, controls: readonly Control[], history: AgentHistory | null): RiskAssessment {
  const { ruleset, diagnostics } = compileTexts(changed)
  const known = ruleset?.agents.get(agent.name)
  if (ruleset !== null && known !== undefined) return assessAgent(ruleset, known, history)
  const first = diagnostics.find(({ severity }) => severity === 'error')
  throw new BailiwickError(
    'RISK_CHANGE',
    `with ${controls.join(', ')} in place for \`${agent.name}\`, the rules do not compile: ${first?.message ?? ''}`,
    { mend: 'put the control in place by hand; docs/guides/risk.md says what each is' },
  )
}

function changedTexts(texts: RulesetTexts, ruleset: Ruleset, agent: Agent, controls: readonly Control[]): RulesetTexts {
  try {
    return withControls(texts, ruleset, agent, controls)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new BailiwickError('RISK_CHANGE', error.message, {
      mend: 'write that part of the manifest out in full, without `&` and `*`',
      cause: error,
    })
  }
}

/** The difference between two states of manifest and policies, to be applied in the manifest's folder with `patch -p1`. */
function textsDiff(before: RulesetTexts, after: RulesetTexts): string {
  const manifest = before.file.split(/[/\\]/).at(-1) as string
  const old = new Map([[manifest, before.text], ...before.policies.map(({ name, text }) => [`policies/${name}`, text] as const)])
  const fresh = new Map([[manifest, after.text], ...after.policies.map(({ name, text }) => [`policies/${name}`, text] as const)])
  return [...fresh]
    .filter(([name, text]) => old.get(name) !== text)
    .map(([name, text]) => {
      const was = old.get(name)
      const patch = createTwoFilesPatch(was === undefined ? '/dev/null' : `a/${name}`, `b/${name}`, was ?? '', text, '', '')
      return patch.replace(/^=+\n/, '')
    })
    .join('')
}
