import type { LiveGateway } from '../live-gateway.ts'

export interface Decided {
  readonly decision: boolean
  readonly context: {
    readonly call: string
    readonly response: string
    readonly tier?: string
    readonly rule: string
    readonly reason: string
    readonly redacted?: object
    readonly approval?: { readonly id: string; readonly expires: string; readonly command: string }
    readonly obligations?: readonly { readonly type: string; readonly properties: object }[]
    readonly error?: { readonly status: number; readonly message: string }
  }
}

export interface Answered<T> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

/** An enforcement point that somebody else wrote: it has an agent's token, and asks before it acts. */
export class EnforcementPoint {
  readonly gateway: LiveGateway
  readonly session: string
  readonly token: string

  private constructor(gateway: LiveGateway, session: string, token: string) {
    this.gateway = gateway
    this.session = session
    this.token = token
  }

  /** With a session of its own. */
  static async open(gateway: LiveGateway): Promise<EnforcementPoint> {
    const { sessions, runtime, token } = gateway.installation
    const session = await sessions.open(runtime.rules.current, { agent: 'agent', goal: 'goal', params: {}, person: null, request: null })
    return new EnforcementPoint(gateway, session.id, await token(session, 3_600_000))
  }

  async post<T = Decided>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answered<T>> {
    const response = await fetch(`${this.gateway.origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as T }
  }

  /** Whether a tool may be called. @throws Error when there is no decision */
  async may(tool: string, args: object, context: object = {}): Promise<Decided> {
    const { status, body } = await this.post('/access/v1/evaluation', evaluation(tool, args, context))
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
    return body
  }
}

export function evaluation(tool: string, args: object, context: object = {}): object {
  return {
    subject: { type: 'agent', id: 'agent' },
    action: { name: 'tools/call', properties: { arguments: args } },
    resource: { type: 'tool', id: tool },
    context,
  }
}
