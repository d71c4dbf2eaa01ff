import { realPathsOf } from '../../src/enforce/real-paths.ts'
import { compileFrame, framesProblem } from '../../src/model/frame.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import type { FrameDeclaration } from '../../src/model/manifest.ts'

/** What a frame has against one argument named `value`; null when it fits. `undefined` leaves the argument out. */
export function problemWith(
  declaration: FrameDeclaration,
  value: Json | undefined,
  params: JsonObject = {},
  base = '/srv/corp',
): string | null {
  const frames = new Map([['value', compileFrame(declaration, base)]])
  const args: JsonObject = value === undefined ? {} : { value }
  return framesProblem(frames, args, { params, realPaths: realPathsOf(frames, args, true) })
}

export function accepts(declaration: FrameDeclaration, value: Json | undefined, params: JsonObject = {}, base?: string): boolean {
  return problemWith(declaration, value, params, base) === null
}
