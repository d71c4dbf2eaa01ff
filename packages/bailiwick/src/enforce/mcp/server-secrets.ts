import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { SecretSource } from '../../model/secret-source.ts'
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
    const value = secretValue(source, name, base, environment)
    if (typeof source !== 'string') secrets.push(value)
    return value
  }
  const readAll = (sources: Readonly<Record<string, SecretSource>>): Record<string, string> =>
    Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, read(source, name)]))
  return { env: readAll(server.env), headers: readAll(server.headers), secrets }
}

/**
 * Reads a value of the manifest that may be a secret, from the gateway's environment or from a file relative to `base`.
 * @throws BailiwickError `SECRET_MISSING` naming the source, never the value
 */
export function secretValue(
  source: SecretSource,
  name: string,
  base: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (typeof source === 'string') return source
  if ('file' in source) return readSecretFile(resolve(base, source.file))
  const value = environment[source.env]
  if (value !== undefined) return value
  throw new BailiwickError('SECRET_MISSING', `\`${name}\` comes from the variable \`${source.env}\`, which is not set`, {
    mend: 'set it in the environment of the gateway',
  })
}

function readSecretFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new BailiwickError('SECRET_MISSING', `the secret file \`${path}\` cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
