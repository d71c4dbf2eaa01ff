import { InvalidArgumentError } from 'commander'

/** The name of something new, for commander. */
export function nameArgument(text: string): string {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,62}$/.test(text))
    throw new InvalidArgumentError('a name has letters, digits and hyphens, and begins with a letter')
  return text
}
