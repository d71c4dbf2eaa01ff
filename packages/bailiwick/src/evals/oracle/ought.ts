import type { YamlPath } from '../../model/yaml-source.ts'
import type { CaseSeverity } from '../case/eval-case.ts'

/** Why a call ought not to go through. */
export type OughtRule =
  | 'identity'
  | 'pin'
  | 'contract'
  | 'schema'
  | 'frame'
  | 'own-files'
  | 'limit'
  | 'invariant'
  | 'confirm'
  | 'attackers-place'
  | 'obeyed-injection'
  | 'carried-out'
  | 'canary'
  | 'expected'
  | 'honest'

/** What ought to come of a call by what the manifest declares: `stop` it, or `ask` a person at least. */
export interface Ought {
  readonly response: 'stop' | 'ask'
  readonly rule: OughtRule
  readonly why: string
  /** Where in the manifest that is declared, or where it could be. */
  readonly path: YamlPath
  readonly severity: CaseSeverity
}
