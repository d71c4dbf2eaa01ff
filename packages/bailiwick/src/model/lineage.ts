/** What can be cut: whatever descends from it makes no further call. */
export const revocableKinds = ['everything', 'agent', 'goal', 'session', 'token', 'delegation', 'key'] as const
export type RevocableKind = (typeof revocableKinds)[number]

/** One link of what a call descends from: a kind and which one. */
export interface Link {
  readonly kind: RevocableKind
  /** The agent's or goal's name, the id of session, token or delegation, the key's thumbprint (RFC 7638); `*` for everything. */
  readonly id: string
}

export const everything: Link = { kind: 'everything', id: '*' }

/** A link in words. */
export function linkText({ kind, id }: Link): string {
  return kind === 'everything' ? kind : `the ${kind} \`${id}\``
}
