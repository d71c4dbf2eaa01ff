import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname, resolve } from 'node:path'
import { serverCredentials } from '../../enforce/mcp/server-secrets.ts'
import { serverOf } from '../../model/compile-ruleset.ts'
import { placeOf } from '../../model/diagnostic.ts'
import { checkRuleset } from '../../model/load-ruleset.ts'
import type { Manifest } from '../../model/manifest.ts'
import type { SecretSource } from '../../model/secret-source.ts'
import type { McpServer } from '../../model/ruleset.ts'
import { failed, passed, thrown } from './check.ts'
import type { Check } from './check.ts'

/** The manifest with its lock and policies. */
export function rulesCheck(manifest: string): Check {
  try {
    const { ruleset, diagnostics } = checkRuleset(manifest)
    if (ruleset !== null)
      return passed('rules', `${ruleset.tools.size} tools, ${ruleset.goals.size} goals, ${ruleset.digest.slice(0, 19)}…`)
    const errors = diagnostics.filter((finding) => finding.severity === 'error')
    const lines = errors.map((finding) => `${placeOf(finding)}: ${finding.message}`)
    return failed('rules', lines.join('\n'), errors.length === 1 ? (errors[0]?.mend ?? null) : '`bailiwick check` says how to mend each')
  } catch (error) {
    return thrown('rules', error)
  }
}

/** Each source of a secret. */
export function secretChecks(
  manifest: Manifest,
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly Check[] {
  const base = dirname(resolve(path))
  return Object.entries(manifest.toolboxes).flatMap(([toolbox, { mcp }]) => {
    const server = serverOf(mcp, base)
    return [...sourcesOf(server.env), ...sourcesOf(server.headers)].map(([name, source]) => {
      const title = `secret ${toolbox} ${name}`
      try {
        const alone: McpServer = { ...server, env: { [name]: source }, headers: {} }
        const [value] = serverCredentials(alone, base, environment).secrets
        const from = 'env' in source ? `the variable \`${source.env}\`` : `the file \`${source.file}\``
        return value === '' ? failed(title, `${from} is empty`, 'put the secret there') : passed(title, `from ${from}`)
      } catch (error) {
        return thrown(title, error)
      }
    })
  })
}

function sourcesOf(sources: Readonly<Record<string, SecretSource>>): [string, Exclude<SecretSource, string>][] {
  return Object.entries(sources).flatMap(([name, source]) => (typeof source === 'string' ? [] : [[name, source]]))
}

/** Whether `bailiwick up` could listen where the manifest says. */
export async function portCheck(port: number): Promise<Check> {
  if (port === 0) return passed('port', 'any that is free')
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return passed('port', `${port} is free`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' && (await isBailiwick(port))) return passed('port', `a gateway listens at ${port}`)
    return failed(
      'port',
      code === 'EADDRINUSE' ? `${port} is taken by another program` : message,
      'set another `http.port` in the manifest, or stop what listens there',
    )
  } finally {
    server.close()
  }
}

const patience = 2000

/** True when what listens says of itself what our gateway says (RFC 9728). */
async function isBailiwick(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/.well-known/oauth-protected-resource`, { signal: AbortSignal.timeout(patience) })
    const metadata = (await response.json()) as { resource_name?: unknown } | null
    return String(metadata?.resource_name).startsWith('Bailiwick at ')
  } catch (error) {
    // Whatever does not answer in HTTP and JSON is not our gateway.
    if (error instanceof Error || error instanceof DOMException) return false
    throw error
  }
}
