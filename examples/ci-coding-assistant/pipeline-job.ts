import { join } from 'node:path'
import { Client, DpopSession, StreamableHTTPClientTransport, withDpop } from '@modelcontextprotocol/client'

/*
 * What runs in the job. It has no secret: the platform hands it a token that says which repository and branch it runs for, the gateway takes that for the
 * agent `ci-coding-assistant`, and what it gets for it is bound to a key that is made here and gone with the job.
 *
 *   node pipeline-job.ts <issue> <folder of the repository>      with GATEWAY_URL, GATEWAY_AUDIENCE and what GitHub Actions sets
 */
const [issue, repository] = process.argv.slice(2)
if (issue === undefined || repository === undefined) throw new Error('run `node pipeline-job.ts <issue> <folder of the repository>`')

const mcp = new URL(variable('GATEWAY_URL'))
const resource = await json(new URL(`/.well-known/oauth-protected-resource${mcp.pathname}`, mcp))
const [issuer] = resource['authorization_servers'] as [string]
const server = await json(new URL('/.well-known/oauth-authorization-server', issuer))
const endpoint = server['token_endpoint'] as string

const dpop = await DpopSession.create({ alg: 'EdDSA' })
const answer = await json(endpoint, {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', dpop: await dpop.buildProof({ htm: 'POST', htu: endpoint }) },
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await platformToken(variable('GATEWAY_AUDIENCE')),
    resource: resource['resource'] as string,
    authorization_details: JSON.stringify([{ type: 'urn:bailiwick:goal', goal: 'resolve-issue', params: { issue: Number(issue) } }]),
  }),
})
const token = answer['access_token'] as string

const client = new Client({ name: 'ci-coding-assistant', version: '1.0.0' })
await client.connect(new StreamableHTTPClientTransport(mcp, { fetch: withDpop(dpop, () => token)(fetch) }))
await call('tracker__read_issue', { number: Number(issue) })
await call('repository__write_file', { path: join(repository, 'README.md'), content: 'This is the shop.\n' })
await call('repository__open_pull_request', { title: 'Mend a typo', body: `Resolves #${issue}.` })
await client.close()

/** A token of the platform for one audience: in GitHub Actions, of a job with `permissions: { id-token: write }`. */
async function platformToken(audience: string): Promise<string> {
  const url = `${variable('ACTIONS_ID_TOKEN_REQUEST_URL')}&audience=${encodeURIComponent(audience)}`
  const { value } = await json(url, { headers: { authorization: `bearer ${variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN')}` } })
  return value as string
}

async function call(name: string, args: Readonly<Record<string, unknown>>): Promise<void> {
  const { content, isError } = await client.callTool({ name, arguments: { ...args } })
  const [block] = content
  console.log(`${isError === true ? 'denied' : 'done'} ${name}: ${block?.type === 'text' ? (block.text.split('\n')[0] ?? '') : ''}`)
}

async function json(url: URL | string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, init)
  const body = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${String(body['error'])}: ${String(body['error_description'])}`)
  return body
}

function variable(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`the environment has no ${name}`)
  return value
}
