/** A text, or where the gateway finds a secret: `{ env }` names a variable of its own environment, `{ file }` a file. */
export type SecretSource = string | { readonly env: string } | { readonly file: string }
