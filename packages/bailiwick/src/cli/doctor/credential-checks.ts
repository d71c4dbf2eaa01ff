import { dirname, resolve } from 'node:path'
import { Credentials } from '../../authority/credentials/credentials.ts'
import type { CredentialDeclaration } from '../../model/credential.ts'
import type { Manifest } from '../../model/manifest.ts'
import { passed, thrown } from './check.ts'
import type { Check } from './check.ts'

/** Whether the token for each toolbox and each of its scopes can be had: asked for, and thrown away. Of one on behalf of a person, whether there is a server to ask. */
export async function credentialChecks(
  manifest: Manifest,
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Check[]> {
  const places = { base: dirname(resolve(path)), environment }
  const credentials = new Credentials({ clock: Date.now })
  const checks = Object.entries(manifest.toolboxes).flatMap(([toolbox, { mcp, credential }]) => {
    if (credential === undefined || mcp.url === undefined) return []
    const { oauth } = credential
    const { url } = mcp
    return scopesOf(credential).map(async (scopes): Promise<Check> => {
      const title = `credential ${toolbox}${scopes === null ? '' : ` ${scopes.join(' ')}`}`
      try {
        if (oauth.grant === 'token-exchange') {
          await credentials.issuer(oauth.issuer)
          return passed(title, `\`${oauth.issuer}\` answers; a token is given once a person has signed in`)
        }
        await credentials.token({ toolbox, oauth, url, scopes, session: null, places })
        return passed(title, `\`${oauth.issuer}\` gives a token`)
      } catch (error) {
        return thrown(title, error)
      }
    })
  })
  return Promise.all(checks)
}

/** The sets of scopes that tokens are asked for with, each once. */
function scopesOf({ scopes, tools }: CredentialDeclaration): (readonly string[] | null)[] {
  const sets = [scopes === undefined ? null : Object.values(scopes).filter((one) => one !== undefined), Object.values(tools)].flat()
  return [...new Map(sets.map((one) => [JSON.stringify(one), one])).values()]
}
