import type { Frame } from '../model/frame.ts'
import type { ContractPart } from '../model/narrowing/contract-part.ts'
import { framesProblem } from '../model/frame.ts'
import type { Goal, Ruleset, Tool, Toolbox } from '../model/ruleset.ts'
import type { Session } from '../model/session.ts'
import type { Allowance } from '../model/vocabulary.ts'
import { delegatedFrames } from './delegated-frames.ts'
import { realPathsOf } from './real-paths.ts'

/** What a session may use under one ruleset, of all that was delegated on the way to it. A goal that the ruleset no longer has allows nothing. */
export class SessionContract {
  readonly ruleset: Ruleset
  readonly goal: Goal | null
  readonly #params: Session['params']
  readonly #parts: readonly ContractPart[]

  /** @param ancestors the sessions that it was delegated from */
  constructor(ruleset: Ruleset, session: Session, ancestors: readonly Session[]) {
    this.ruleset = ruleset
    this.goal = ruleset.goals.get(session.goal) ?? null
    this.#params = session.params
    this.#parts = [...ancestors, session].flatMap(({ delegation }) => (delegation === undefined ? [] : [delegation.part]))
  }

  allows(allowance: Allowance): boolean {
    return this.goal?.allow.has(allowance) === true && this.#parts.every((part) => part.allow.includes(allowance))
  }

  /** The frames of a tool; null when the contract does not name it. */
  frames(tool: string): ReadonlyMap<string, Frame> | null {
    return delegatedFrames(this.goal?.contract.get(tool) ?? null, this.#parts, tool, this.ruleset.base)
  }

  /** The tools of the contract, in its order. */
  get tools(): readonly Tool[] {
    const { tools } = this.ruleset
    return [...(this.goal?.contract.keys() ?? [])]
      .filter((key) => this.#parts.every((part) => Object.hasOwn(part.tools, key)))
      .map((key) => tools.get(key))
      .filter((tool) => tool !== undefined)
  }

  /** The toolboxes whose tools the contract names. */
  get toolboxes(): readonly Toolbox[] {
    const names = new Set(this.tools.map((tool) => tool.toolbox))
    return [...names].map((name) => this.ruleset.toolboxes.get(name)).filter((toolbox) => toolbox !== undefined)
  }

  /** Toolboxes for which the contract names a governed read. */
  readers(read: 'resources/read' | 'prompts/get'): readonly Toolbox[] {
    return this.toolboxes.filter((toolbox) => this.frames(`${toolbox.name}.${read}`) !== null)
  }

  /** True when a resource of a toolbox may be read. */
  mayRead(toolbox: Toolbox, uri: string): boolean {
    const frames = this.frames(`${toolbox.name}.resources/read`)
    if (frames === null) return false
    const local = toolbox.server.command !== null
    return framesProblem(frames, { uri }, { params: this.#params, realPaths: realPathsOf(frames, { uri }, local) }) === null
  }

  /** How many bytes of results there may be in all, by the goal and then by each part; null for as many as there are. */
  get resultBytes(): readonly (number | null)[] {
    return [this.goal === null ? 0 : this.goal.limits.resultBytes, ...this.#parts.map((part) => part.limits.resultBytes)]
  }
}
