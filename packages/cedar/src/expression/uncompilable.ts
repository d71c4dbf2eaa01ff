/** Thrown by the compiler for what it has no certain meaning for. `path` leads to it in the policy's JSON form. */
export class Uncompilable {
  readonly message: string
  readonly path: readonly string[]

  constructor(message: string, path: readonly string[]) {
    this.message = message
    this.path = path
  }
}
