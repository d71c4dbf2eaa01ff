/** A secret as it is now, or why it cannot be had, in words that hold nothing of it. */
export type SecretReading =
  /** `expires` is in milliseconds since 1970: until then the value need not be asked for again. */
  { readonly kind: 'secret'; readonly value: string; readonly expires: number } | { readonly kind: 'refused'; readonly reason: string }

/** Something outside of the gateway that keeps secrets for it. */
export interface SecretManager {
  /** The secret of this name. Never rejects for what the keeper says or does. */
  read(name: string): Promise<SecretReading>
}
