import { agentGovernance } from './agent-governance.ts'
import { bailiwick } from './bailiwick.ts'
import { casbin } from './casbin.ts'
import { cedarWasm } from './cedar-wasm.ts'
import type { Subject } from './subject.ts'

/** Ours first. */
export const subjects: readonly Subject[] = [bailiwick, cedarWasm, casbin, agentGovernance]
