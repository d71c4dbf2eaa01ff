import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** What the platform says of a job in its tokens, in the claims of GitHub Actions. */
export interface JobClaims {
  readonly repository: string
  readonly ref: string
}

/** What the platform puts into the environment of a job that has `permissions: { id-token: write }`. */
export interface JobEnvironment {
  readonly ACTIONS_ID_TOKEN_REQUEST_URL: string
  readonly ACTIONS_ID_TOKEN_REQUEST_TOKEN: string
}

/** Stands in for GitHub Actions, so that the example needs no account: an issuer of OpenID Connect that hands jobs tokens which say what they are. */
export interface CiPlatform {
  readonly issuer: string
  startJob(claims: JobClaims): JobEnvironment
  close(): void
}

const life = 300

export async function startCiPlatform(): Promise<CiPlatform> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'platform', alg: 'RS256', use: 'sig' }
  const jobs = new Map<string, JobClaims>()
  const tokenFor = async ({ repository, ref }: JobClaims, audience: string): Promise<string> => {
    const now = Math.floor(Date.now() / 1000)
    const sub = `repo:${repository}:ref:${ref}`
    const workflow = `${repository}/.github/workflows/assistant.yml@${ref}`
    const claims = { iss: issuer, sub, aud: audience, repository, ref, workflow_ref: workflow, job_workflow_ref: workflow }
    return new SignJWT({ ...claims, jti: randomUUID(), iat: now, nbf: now, exp: now + life })
      .setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'JWT' })
      .sign(privateKey)
  }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer)
    const say = (body: unknown): void => void response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    if (pathname === '/.well-known/openid-configuration') return say({ issuer, jwks_uri: `${issuer}/keys` })
    if (pathname === '/keys') return say({ keys: [jwk] })
    const job = jobs.get(request.headers.authorization?.replace(/^bearer /i, '') ?? '')
    if (pathname !== '/token' || job === undefined) return void response.writeHead(404).end()
    void tokenFor(job, searchParams.get('audience') ?? '').then((value) => say({ value }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    issuer,
    startJob: (claims) => {
      const own = randomBytes(24).toString('base64url')
      jobs.set(own, claims)
      return { ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer}/token?v=1`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: own }
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
