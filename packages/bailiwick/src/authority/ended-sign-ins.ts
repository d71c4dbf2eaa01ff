/** A person as sessions name them, and the provider that named them so. */
export interface SignedInPerson {
  readonly issuer: string
  readonly person: string
}

/**
 * Until when the sign-ins of people no longer count, for every process of an installation. One mark for each person of whom a provider said so, and kept for
 * good: how long an ID token lives is for its provider to say.
 */
export interface EndedSignIns {
  /** Sign-ins before `until`, milliseconds since 1970, count no longer. A mark that is later stays as it is. */
  end(of: SignedInPerson, until: number): Promise<void>
  /** Before when sign-ins do not count, in milliseconds since 1970; null where all do. Asked for with each token. */
  endedUntil(of: SignedInPerson): Promise<number | null>
}

/** That a person proved who they are, once: by a token of their provider, or by their own key. */
export interface SignIn {
  /** When the token was issued, in milliseconds since 1970. */
  readonly issued: number
  /** Whether it counts, as of now. */
  readonly counts: () => Promise<boolean>
}
