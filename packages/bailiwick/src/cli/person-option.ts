import type { PersonToken } from '../authority/credentials/person-tokens.ts'
import type { SignIn } from '../authority/ended-sign-ins.ts'
import { personProof } from '../authority/trust/trusted-issuers.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { IdentityProof } from '../model/session.ts'
import type { Installation } from './installation.ts'
import { readNamedFile } from './read-named-file.ts'

export interface PersonOptions {
  readonly person?: string
  readonly personToken?: string
}

/** On whose behalf a session is opened, and the token that proved it, with what is kept of that; null where there is none. */
export interface NamedPerson {
  readonly person: string | null
  readonly token: PersonToken | null
  readonly proof: IdentityProof | null
  readonly signIn: SignIn | null
}

/**
 * On whose behalf a session is opened: who a token proves, or who is merely named where the manifest lets that be enough; null for nobody.
 * @throws BailiwickError `PERSON_UNPROVED`, `USAGE`
 */
export async function personFrom(
  { runtime, trusted }: Pick<Installation, 'runtime' | 'trusted'>,
  options: PersonOptions,
): Promise<NamedPerson> {
  if (options.personToken !== undefined) {
    const token = new TextDecoder().decode(readNamedFile(options.personToken)).trim()
    const answer = await trusted.person(token)
    if (answer.ok)
      return {
        person: answer.person,
        token: { value: token, type: 'id_token', expires: answer.expires, signIn: answer.signIn },
        proof: personProof(answer),
        signIn: answer.signIn,
      }
    throw new BailiwickError('PERSON_UNPROVED', `the token proves nobody: ${answer.reason}`, {
      mend: 'get another with `bailiwick login` or `bailiwick people token`',
    })
  }
  const people = runtime.rules.current.manifest.trust?.people
  if (options.person !== undefined && people !== undefined && !people.allowNamed)
    throw new BailiwickError('PERSON_UNPROVED', `\`${options.person}\` is named, and the manifest has people prove who they are`, {
      mend: 'give a token with `--person-token`, or set `trust.people.allowNamed`',
    })
  return { person: options.person ?? null, token: null, proof: null, signIn: null }
}
