import type { Diagnostic } from './diagnostic.ts'
import type { Manifest } from './manifest.ts'
import type { FoundSecret, SecretSource } from './secret-source.ts'
import { isIssuerUrl } from './trust-schema.ts'
import type { YamlPath, YamlSource } from './yaml-source.ts'

/** What a credential of the right form would lend to somebody else, or to a call that it says nothing of. */
export function credentialFindings(yaml: YamlSource, { toolboxes }: Manifest): Diagnostic[] {
  return Object.entries(toolboxes).flatMap(([toolbox, { mcp, credential, tools }]) => {
    const at = (...rest: YamlPath): YamlPath => ['toolboxes', toolbox, ...rest]
    const found: Diagnostic[] = []
    const secretHeaders = Object.values(mcp.headers ?? {}).some((source) => typeof source !== 'string')
    if (mcp.url !== undefined && (secretHeaders || credential !== undefined) && !isSecure(mcp.url))
      found.push(
        yaml.finding(
          'CREDENTIAL_RULE',
          at('mcp', 'url'),
          `\`${toolbox}\` is lent a secret over plain http, where everybody on the way can read it`,
          'use https; http is for this machine alone',
          'value',
          credential === undefined ? 'warning' : 'error',
        ),
      )
    if (credential === undefined) return found
    if (mcp.url === undefined)
      found.push(
        yaml.finding(
          'CREDENTIAL_RULE',
          at('credential'),
          '`credential` goes with `url`: a token is lent to a request',
          'give a server that is started its secret in `env`',
          'key',
        ),
      )
    const authorization = Object.keys(mcp.headers ?? {}).find((name) => name.toLowerCase() === 'authorization')
    if (authorization !== undefined)
      found.push(
        yaml.finding(
          'CREDENTIAL_RULE',
          at('mcp', 'headers', authorization),
          'the header is where the token of `credential` goes',
          'remove the header, or the credential',
          'key',
        ),
      )
    for (const name of Object.keys(credential.tools))
      if (!Object.hasOwn(tools, name))
        found.push(
          yaml.finding(
            'MANIFEST_REFERENCE',
            at('credential', 'tools', name),
            `\`${toolbox}\` has no tool \`${name}\``,
            'declare it under `tools`, or correct the name',
            'key',
          ),
        )
    for (const [name, { effect }] of Object.entries(tools))
      if (credential.scopes !== undefined && credential.scopes[effect] === undefined && !Object.hasOwn(credential.tools, name))
        found.push(
          yaml.finding(
            'CREDENTIAL_RULE',
            at('credential', 'scopes'),
            `\`${toolbox}.${name}\` is \`${effect}\`, and no scopes are given for that`,
            `add \`${effect}: […]\`, or scopes of its own under \`credential.tools\``,
            'key',
          ),
        )
    return found
  })
}

function isSecure(url: string): boolean {
  const { origin } = new URL(url)
  return isIssuerUrl(origin)
}

type Declared = Pick<Manifest, 'toolboxes' | 'export' | 'trust'>

/** Where every secret that a manifest speaks of is found. */
export function secretSources({ toolboxes, export: sinks = [], trust }: Declared): FoundSecret[] {
  const sources: readonly (SecretSource | undefined)[] = [
    ...Object.values(toolboxes).flatMap(({ mcp, credential }) => [
      ...Object.values(mcp.env ?? {}),
      ...Object.values(mcp.headers ?? {}),
      credential?.oauth.clientSecret,
      credential?.oauth.clientKey,
    ]),
    ...sinks.flatMap(({ otlp, webhook, securityEvents }) => [
      ...Object.values(otlp?.headers ?? securityEvents?.headers ?? {}),
      webhook?.secret,
    ]),
    trust?.people?.clientSecret,
  ]
  return sources.flatMap((source) => (source === undefined || typeof source === 'string' ? [] : [source]))
}

/** The files that secrets are read from, and the programs by path that print them: who could write or read these would have them. */
export function secretFiles(manifest: Declared): string[] {
  return [...new Set(secretSources(manifest).flatMap(filesOf))]
}

function filesOf(source: FoundSecret): string[] {
  if ('file' in source) return [source.file]
  if ('env' in source) return []
  const [program = ''] = source.command
  return program.includes('/') ? [program] : []
}
