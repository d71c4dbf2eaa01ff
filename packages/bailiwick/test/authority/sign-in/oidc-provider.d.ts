/** As much of it as the tests use. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'
  export interface GrantContext {
    readonly oidc: { readonly params: Readonly<Record<string, string | undefined>>; readonly client: unknown }
    body: unknown
  }
  export interface IssuedAccessToken {
    resourceServer: unknown
    save(): Promise<string>
  }
  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    callback(): RequestListener
    registerGrantType(name: string, handler: (context: GrantContext) => Promise<void>, parameters: readonly string[]): void
    readonly AccessToken: new (properties: Readonly<Record<string, unknown>>) => IssuedAccessToken
    readonly ResourceServer: new (resource: string, info: unknown) => unknown
  }
}
