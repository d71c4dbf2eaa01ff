import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { SecretSource } from '../../model/manifest.ts'
import type { McpServer } from '../../model/ruleset.ts'

/** What a toolbox's server is given to start or be reached with, and which of the values are secret. */
export interface ServerCredentials {
  readonly env: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

/**
 * Reads a server's secrets from the gateway's environment and from files, relative to `base`.
 * @throws BailiwickError `SECRET_MISSING` naming the source, never the value
 */
export function serverCredentials(
  server: McpServer,
  base: string,
  environment: Readonly<Record<string, string | undefined>>,
): ServerCredentials {
  const secrets: string[] = []
  const read = (source: SecretSource, name: string): string => {
    if (typeof source === 'string') return source
    const value = 'env' in source ? environment[source.env] : readSecretFile(resolve(base, source.file))
    if (value === undefined)
      throw new BailiwickError(
        'SECRET_MISSING',
        `\`${name}\` comes from the variable \`${(source as { env: string }).env}\`, which is not set`,
        { mend: 'set it in the environment of the gateway' },
      )
    secrets.push(value)
    return value
  }
  const readAll = (sources: Readonly<Record<string, SecretSource>>): Record<string, string> =>
    Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, read(source, name)]))
  return { env: readAll(server.env), headers: readAll(server.headers), secrets }
}

function readSecretFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new BailiwickError('SECRET_MISSING', `the secret file \`${path}\` cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
