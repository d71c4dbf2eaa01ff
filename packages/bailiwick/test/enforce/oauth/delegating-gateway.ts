import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { attenuate } from '../../../src/authority/attenuation/attenuate.ts'
import type { Grant } from '../../../src/authority/attenuation/attenuate.ts'
import { actorAssertionType } from '../../../src/authority/oauth/client-assertions.ts'
import type { DecisionEntry } from '../../../src/ledger/entry.ts'
import type { Session } from '../../../src/model/session.ts'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { askToken, assertion, keyPair, proof } from './agent-client.ts'
import type { KeyPair, TokenAnswer } from './agent-client.ts'

type Claims = Readonly<Record<string, unknown>>

const person = 'ann@corp.example'
const names = ['agent', 'helper', 'temp', 'last', 'stranger'] as const
type Name = (typeof names)[number]

/** What a call came to: `done`, or the rule that it was denied by, or that the door was shut. */
export interface Answered {
  readonly status: number
  readonly text: string
  readonly rule: string
}

/** A gateway whose agents may hand on, each with its own registered key, and a session of the first for a person. */
export interface DelegatingGateway {
  readonly gateway: LiveGateway
  readonly keys: Readonly<Record<Name, KeyPair>>
  /** The key that the parent's access token is bound to. */
  readonly holder: KeyPair
  readonly session: Session
  /** The parent's access token. */
  readonly token: string
  /** The token of the session that can be attenuated. */
  readonly root: string
}

export async function delegatingGateway(): Promise<DelegatingGateway> {
  const gateway = await openGateway()
  gateway.edit((manifest) => {
    const owner = 'tests@attack.example'
    const row = { agent: ['helper'], helper: ['temp'], temp: ['last'], last: [], stranger: [] } as const
    const agents = Object.entries(row).map(([name, delegates]) => [name, { owner, goals: ['goal'], delegates }])
    Object.assign(manifest, { agents: Object.fromEntries(agents), delegation: { depth: 2 } })
    Object.assign(manifest.goals.goal, {
      tools: { 'box.honest': { text: { prefix: 'public ' }, n: { range: [1, 5], optional: true } }, 'box.act': {} },
      allow: ['logging'],
      limits: { calls: 5, resultBytes: '100KB', minutes: 60, repeats: 20, rates: { 'box.honest': '5/1h' } },
    })
  })
  await gateway.reload()
  const pairs = await Promise.all(names.map(async (name) => [name, await keyPair()] as const))
  const keys = Object.fromEntries(pairs) as Record<Name, KeyPair>
  for (const [name, key] of pairs) await gateway.installation.agentKeys.register(name, key.x, 'tests', null)
  const { sessions, runtime } = gateway.installation
  const session = await sessions.open(runtime.rules.current, { agent: 'agent', goal: 'goal', params: {}, person, request: null })
  const holder = await keyPair()
  const token = await tokenOf(gateway, keys.agent, holder, { type: 'urn:bailiwick:goal', session: session.id })
  const root = await tokenOf(gateway, keys.agent, holder, { type: 'attenuating_agent_token', session: session.id })
  return { gateway, keys, holder, session, token, root }
}

async function tokenOf(gateway: LiveGateway, key: KeyPair, holder: KeyPair, detail: Claims, agent = 'agent'): Promise<string> {
  const answer = await askFor(gateway, key, holder, detail, agent)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body.access_token
}

/** Asks for a token as an agent, by a detail. */
export async function askFor(gateway: LiveGateway, key: KeyPair, holder: KeyPair, detail: Claims, agent: string): Promise<TokenAnswer> {
  const client_assertion = await assertion(gateway, key, { iss: agent, sub: agent })
  return askToken(gateway, key, holder, { form: { client_assertion, authorization_details: JSON.stringify([detail]) } })
}

/** What a sub-agent says who it is by to the agent that delegates to it. */
export function actorToken(
  gateway: LiveGateway,
  agent: string,
  key: KeyPair,
  holder: KeyPair,
  over: Claims = {},
  typ = actorAssertionType,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const cnf = { jkt: holder.thumbprint }
  return new SignJWT({ iss: agent, sub: agent, aud: gateway.origin, jti: randomUUID(), iat: now, exp: now + 60, cnf, ...over })
    .setProtectedHeader({ alg: 'EdDSA', typ, kid: key.thumbprint })
    .sign(key.privateKey)
}

/** What is handed on unless a test says otherwise. */
const honestPart: Claims = { type: 'urn:bailiwick:part', tools: { 'box.honest': { text: { prefix: 'public news' } } } }

export interface Exchange {
  readonly from?: { readonly agent: Name; readonly token: string; readonly holder: KeyPair }
  readonly to?: Name
  readonly part?: Claims
  /** In the place of what an honest agent sends; null leaves it out. */
  readonly form?: Readonly<Record<string, string | null>>
  readonly dpop?: string
}

/** Asks for a part of a session to be handed on, as its agent; the token is for the key `key`. */
export async function exchange(desk: DelegatingGateway, key: KeyPair, asked: Exchange = {}): Promise<TokenAnswer> {
  const { gateway, keys } = desk
  const { from = { agent: 'agent', token: desk.token, holder: desk.holder }, to = 'helper', part = {}, form = {}, dpop } = asked
  const url = `${gateway.origin}/oauth/token`
  return askToken(gateway, keys[from.agent], from.holder, {
    dpop: dpop ?? (await proof(from.holder, 'POST', url, from.token)),
    form: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_assertion: await assertion(gateway, keys[from.agent], { iss: from.agent, sub: from.agent }),
      subject_token: from.token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      actor_token: await actorToken(gateway, to, keys[to], key),
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      authorization_details: JSON.stringify([{ ...honestPart, ...part }]),
      ...form,
    },
  })
}

/** An access token for a part that was handed on. */
export async function handedOn(desk: DelegatingGateway, key: KeyPair, asked: Exchange = {}): Promise<string> {
  const answer = await exchange(desk, key, asked)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body.access_token
}

export const seconds = (): number => Math.floor(Date.now() / 1000)

/** A token with part of another, derived without asking anybody, and the chain that it is presented as. */
export async function attenuated(
  chain: string,
  key: KeyPair,
  to: KeyPair,
  over: Partial<Grant> = {},
): Promise<{ readonly token: string; readonly chain: string }> {
  const parent = chain.split('~').at(-1) as string
  const token = await attenuate(parent, key, {
    tools: { 'box.honest': { text: { constraint_type: 'one_of', values: ['public news', 'public weather'] } } },
    holder: to.x,
    issuedAt: seconds(),
    expires: seconds() + 300,
    ...over,
  })
  return { token, chain: `${chain}~${token}` }
}

const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'tests', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** Calls a tool of the box over plain HTTP. */
export async function callTool(
  { gateway }: Pick<DelegatingGateway, 'gateway'>,
  token: string,
  key: KeyPair,
  args: Claims = { text: 'public news' },
  { tool = 'honest', dpop, scheme = 'DPoP' }: { readonly tool?: string; readonly dpop?: string | null; readonly scheme?: string } = {},
): Promise<Answered> {
  const url = `${gateway.origin}/mcp`
  const sent = dpop === undefined ? await proof(key, 'POST', url, token) : dpop
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': tool,
      authorization: `${scheme} ${token}`,
      ...(sent === null ? {} : { dpop: sent }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args, _meta } }),
  })
  const text = await response.text()
  const rule = response.status === 200 ? (/\(T\d, (T\d\.[a-z-]+)\)/.exec(text)?.[1] ?? 'done') : String(response.status)
  return { status: response.status, text, rule }
}

export const decisionsOf = ({ gateway }: DelegatingGateway): readonly DecisionEntry[] => gateway.files.entriesOf('decision')
