import { AsyncLocalStorage } from 'node:async_hooks'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Transport } from '@modelcontextprotocol/client'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { Credentials } from '../../authority/credentials/credentials.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { scopesFor } from '../../model/credential.ts'
import type { CredentialDeclaration } from '../../model/credential.ts'
import type { McpServer } from '../../model/ruleset.ts'
import type { FoundSecret, SecretSource } from '../../model/secret-source.ts'
import type { Session } from '../../model/session.ts'
import type { Effect } from '../../model/vocabulary.ts'
import type { LentCredential } from '../../ledger/entry.ts'
import { eachLine } from './error-lines.ts'
import { lendingFetch } from './lending-fetch.ts'
import type { Loan } from './lending-fetch.ts'
import { relayWithout } from './relayed-value.ts'
import type { Relay } from './relayed-value.ts'

export interface ToolboxCredentialsOptions {
  readonly name: string
  readonly server: McpServer
  readonly credential: CredentialDeclaration | null
  readonly credentials: Credentials
  /** Whose calls are carried out; null when nobody is served. */
  readonly session: Session | null
  readonly base: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A tool as its credential sees it; null stands for what is no call. */
export type CalledTool = { readonly name: string; readonly effect: Effect } | null

const largestMessage = 32 * 1024 * 1024
/** How long a secret of another toolbox must be to be taken out of what this one says. */
const shortestForeign = 8
/** Bytes that a header can carry. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** What one toolbox is lent, when it is started and with each request, and how that is taken out of what it says. */
export class ToolboxCredentials {
  readonly #options: ToolboxCredentialsOptions
  readonly #called = new AsyncLocalStorage<CalledTool>()
  #own: readonly string[] = []
  #started: string | null = null
  #relay: { readonly relay: Relay; readonly version: number; readonly own: readonly string[] } | null = null

  constructor(options: ToolboxCredentialsOptions) {
    this.#options = options
  }

  /** Cleans what comes from the toolbox of what it, or any other, was lent up to now; see {@link relayWithout}. */
  readonly relay: Relay = (value) => this.#currentRelay()(value)

  /** A connection to the toolbox's server. @throws BailiwickError `SECRET_MISSING` */
  async transport(onLine: (line: string) => void): Promise<Transport> {
    const { server } = this.#options
    if (server.url !== null) {
      const fetch = lendingFetch(server.url, (refused) => this.#loan(refused))
      return new StreamableHTTPClientTransport(new URL(server.url), { fetch, requestInit: { redirect: 'error' } })
    }
    const env = await this.#values(server.env, 'env')
    this.#started = JSON.stringify(env)
    const transport = new StdioClientTransport({
      command: server.command as string,
      args: [...server.args],
      env: { ...getDefaultEnvironment(), ...env },
      cwd: server.cwd,
      stderr: 'pipe',
      maxBufferSize: largestMessage,
    })
    if (transport.stderr !== null) eachLine(transport.stderr, onLine)
    return transport
  }

  /** Whether a process that was started holds secrets that are not those of now. @throws BailiwickError `SECRET_MISSING` */
  async stale(): Promise<boolean> {
    const { server } = this.#options
    if (server.url !== null || secretsIn(server.env).length === 0 || this.#started === null) return false
    return JSON.stringify(await this.#values(server.env, 'env')) !== this.#started
  }

  /**
   * Makes sure that a call can be lent what it needs, and says what that is, by name.
   * @throws BailiwickError `CREDENTIAL_REFUSED` or `SECRET_MISSING`: the toolbox is not to be asked then
   */
  async lend(tool: CalledTool): Promise<readonly LentCredential[]> {
    const { name, server, credential, session } = this.#options
    if (server.url !== null) await this.#called.run(tool, () => this.#loan(null))
    const held =
      server.url === null
        ? secretsIn(server.env).map((variable) => `env.${variable}`)
        : secretsIn(server.headers).map((header) => `headers.${header}`)
    const lent = held.map((one): LentCredential => ({ name: `${name}.${one}`, scopes: null, person: null }))
    if (credential === null) return lent
    const person = credential.oauth.grant === 'token-exchange' ? (session?.person ?? null) : null
    return [...lent, { name: `${name}.credential`, scopes: scopesFor(credential, tool), person }]
  }

  /** Does what a call of a tool needs: its requests are lent what that tool is. */
  during<T>(tool: CalledTool, work: () => Promise<T>): Promise<T> {
    return this.#called.run(tool, work)
  }

  async #loan(refused: string | null): Promise<Loan> {
    const { name, server, credential, credentials, session, base, environment } = this.#options
    const url = server.url as string
    const headers = await this.#values(server.headers, 'headers')
    const unsendable = Object.entries(headers).find(([, value]) => !headerValue.test(value))
    // A fetch would quote it.
    if (unsendable !== undefined)
      throw new BailiwickError('SECRET_MISSING', `\`${name}.headers.${unsendable[0]}\` holds what no header can carry`)
    if (credential === null) return { headers, token: null }
    if (refused !== null) credentials.drop(refused)
    const { oauth } = credential
    const scopes = scopesFor(credential, this.#called.getStore() ?? null)
    const token = await credentials.token({ toolbox: name, oauth, url, scopes, session, places: { base, environment } })
    return { headers: { ...headers, authorization: `Bearer ${token}` }, token }
  }

  /** Texts as they are, and secrets as they are now, which are known from then on. */
  async #values(sources: Readonly<Record<string, SecretSource>>, kind: 'env' | 'headers'): Promise<Record<string, string>> {
    const { name, credentials, base, environment } = this.#options
    const read = async (key: string, source: SecretSource): Promise<string> =>
      typeof source === 'string'
        ? source
        : this.#mine(await credentials.secrets.read(source, `${name}.${kind}.${key}`, { base, environment }))
    return Object.fromEntries(
      await Promise.all(Object.entries(sources).map(async ([key, source]) => [key, await read(key, source)] as const)),
    )
  }

  #mine(secret: string): string {
    if (!this.#own.includes(secret)) this.#own = [...this.#own, secret]
    return secret
  }

  #currentRelay(): Relay {
    const { name, credentials } = this.#options
    const { version } = credentials
    if (this.#relay?.version === version && this.#relay.own === this.#own) return this.#relay.relay
    const foreign = [...credentials.secrets.known].filter((secret) => secret.length >= shortestForeign)
    const relay = relayWithout([...this.#own, ...foreign, ...credentials.lentTo(name)])
    this.#relay = { relay, version, own: this.#own }
    return relay
  }
}

function secretsIn(sources: Readonly<Record<string, SecretSource>>): string[] {
  const isFound = (source: SecretSource): source is FoundSecret => typeof source !== 'string'
  return Object.entries(sources).flatMap(([name, source]) => (isFound(source) ? [name] : []))
}
