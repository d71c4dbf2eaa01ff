import type { JsonObject } from './json.ts'
import type { RealPaths } from './path-frame.ts'

/** An agent's request to use a tool, as an enforcement point understood it. */
export interface Call {
  readonly id: string
  /** `toolbox.tool`; a name that the inventory does not have is kept as it came. */
  readonly tool: string
  readonly arguments: JsonObject
  /** The pin of the tool as its server defines it now; null when the server does not list it, or the tool needs no pin. */
  readonly livePin: string | null
  /** Where the paths among the arguments, and the roots of their frames, really lead. */
  readonly realPaths: RealPaths
}
