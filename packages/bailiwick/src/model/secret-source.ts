/** A text, or where the gateway finds a secret. */
export type SecretSource = string | FoundSecret

/** `{ env }` names a variable of the gateway's own environment, `{ file }` a file, `{ command }` a program that prints it. */
export type FoundSecret = { readonly env: string } | { readonly file: string } | CommandSecret

/** A program that prints a secret, such as the client of a secret manager. No shell reads it. */
export interface CommandSecret {
  readonly command: readonly string[]
  /** How long what it printed is used before it is run again, such as `5m`. */
  readonly ttl: string
  /** Variables of the gateway's environment that the program is given besides the few that every program needs. */
  readonly variables: readonly string[]
}
