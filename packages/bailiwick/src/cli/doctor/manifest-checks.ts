import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname, resolve } from 'node:path'
import { placeOf as placeOfSecret, Secrets } from '../../authority/credentials/secrets.ts'
import { webhookKey } from '../../ledger/export/webhook-message.ts'
import { placeOf } from '../../model/diagnostic.ts'
import { sinkName } from '../../model/export.ts'
import { checkRuleset } from '../../model/load-ruleset.ts'
import type { Manifest } from '../../model/manifest.ts'
import type { FoundSecret, SecretSource } from '../../model/secret-source.ts'
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
): Promise<readonly Check[]> {
  const places = { base: dirname(resolve(path)), environment }
  const secrets = new Secrets(Date.now)
  const checks = secretsIn(manifest).map(async ({ of, name, source, wrongIn }) => {
    const title = `secret ${of} ${name}`
    try {
      const from = placeOfSecret(source)
      const value = await secrets.read(source, name, places)
      const wrong = wrongIn?.(value) ?? null
      return wrong === null ? passed(title, `from ${from}`) : failed(title, `${from} is ${wrong}`, 'put the secret there')
    } catch (error) {
      return thrown(title, error)
    }
  })
  return Promise.all(checks)
}

interface DeclaredSecret {
  readonly of: string
  readonly name: string
  readonly source: FoundSecret
  /** What is wrong with the form of a value; null when nothing is. */
  readonly wrongIn?: (value: string) => string | null
}

function secretsIn(manifest: Manifest): DeclaredSecret[] {
  const toolboxes = Object.entries(manifest.toolboxes).flatMap(([toolbox, { mcp, credential }]) => {
    const { clientSecret = '', clientKey = '' } = credential?.oauth ?? {}
    return [...sourcesOf(toolbox, mcp.env), ...sourcesOf(toolbox, mcp.headers), ...sourcesOf(toolbox, { clientSecret, clientKey })]
  })
  const sinks = (manifest.export ?? []).flatMap((sink): DeclaredSecret[] => {
    const { otlp, webhook, securityEvents } = sink
    const of = sinkName(sink)
    if (webhook === undefined) return sourcesOf(of, otlp?.headers ?? securityEvents?.headers)
    const wrongIn = (value: string): string | null => (webhookKey(value) === null ? 'not `whsec_` and 24 to 64 bytes in base64' : null)
    return [{ of, name: 'secret', source: webhook.secret, wrongIn }]
  })
  const clientSecret = manifest.trust?.people?.clientSecret ?? ''
  return [...toolboxes, ...sinks, ...sourcesOf('people', { clientSecret })]
}

function sourcesOf(of: string, sources: Readonly<Record<string, SecretSource>> = {}): DeclaredSecret[] {
  return Object.entries(sources).flatMap(([name, source]) => (typeof source === 'string' ? [] : [{ of, name, source }]))
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
