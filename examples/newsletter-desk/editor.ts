import { attenuate } from 'bailiwick'
import { freshKey } from './agent-key.ts'
import type { AgentKey } from './agent-key.ts'
import { askToken, connect } from './gateway-door.ts'
import type { Door, Tools } from './gateway-door.ts'
import type { SpawnedAgent } from './spawned-agent.ts'

/** A part of a session, as a contract writes it. */
export interface Part {
  readonly tools: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly limits?: Readonly<Record<string, unknown>>
  readonly lifetime?: string
  readonly request?: string
}

/** The editor: an agent with a session of its own, of which it hands parts on to agents that it has started. */
export class Editor {
  readonly tools: Tools
  readonly session: string
  readonly #door: Door
  readonly #own: AgentKey
  readonly #holder: AgentKey
  readonly #token: string

  private constructor(door: Door, own: AgentKey, holder: AgentKey, token: string, session: string, tools: Tools) {
    this.#door = door
    this.#own = own
    this.#holder = holder
    this.#token = token
    this.session = session
    this.tools = tools
  }

  static async begin(door: Door, own: AgentKey, week: string): Promise<Editor> {
    const holder = await freshKey()
    const goal = { type: 'urn:bailiwick:goal', goal: 'newsletter', params: { week }, request: `Write the newsletter of ${week}.` }
    const { token, detail } = await askToken(door, 'editor', own, holder, {
      grant_type: 'client_credentials',
      authorization_details: JSON.stringify([goal]),
    })
    return new Editor(door, own, holder, token, detail['session'] as string, await connect(door.mcp, 'editor', token, holder))
  }

  /** Hands a part on by asking the gateway, which says at once whether it may. Resolves with the sub-agent's token, which is of no use to the editor. */
  async handOn(to: SpawnedAgent, part: Part): Promise<string> {
    const { token } = await askToken(this.#door, 'editor', this.#own, this.#holder, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: this.#token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      actor_token: await to.word(this.#door.issuer),
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      authorization_details: JSON.stringify([{ type: 'urn:bailiwick:part', ...part }]),
    })
    return token
  }

  /** A token of the session that parts can be handed on of without asking the gateway again. */
  async attenuable(): Promise<string> {
    const { token } = await askToken(this.#door, 'editor', this.#own, this.#holder, {
      grant_type: 'client_credentials',
      authorization_details: JSON.stringify([{ type: 'attenuating_agent_token', session: this.session }]),
    })
    return token
  }

  /** Hands a part on without asking anybody, by such a token. Resolves with the chain that the sub-agent presents. */
  async attenuate(root: string, to: SpawnedAgent, tools: Parameters<typeof attenuate>[2]['tools'], minutes: number): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const grant = { tools, holder: await to.publicKey(), issuedAt: now, expires: now + minutes * 60 }
    return `${root}~${await attenuate(root, this.#holder, grant)}`
  }
}
