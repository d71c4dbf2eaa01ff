// A sub-agent: a process of its own with a key of its own. It says who it is, is given a token, and does as it is told with what that lets through.
import { freshKey, keyFrom } from './agent-key.ts'
import type { AgentKey } from './agent-key.ts'
import { connect, signedWord } from './gateway-door.ts'
import type { Tools } from './gateway-door.ts'

/** What whoever has started it asks of it. */
export type Order =
  /** Its word, for an exchange of tokens; or its public key, for a token that is made without asking the gateway. */
  | { readonly do: 'introduce'; readonly by: 'word' | 'key'; readonly audience: string }
  | { readonly do: 'connect'; readonly mcp: string; readonly token: string }
  | { readonly do: 'call'; readonly tool: string; readonly args: Readonly<Record<string, unknown>> }

const [agent, keyFile] = process.argv.slice(2)
if (agent === undefined || keyFile === undefined || process.send === undefined)
  throw new Error('to be started by an agent, with its name and the file of its key')
const own = await keyFrom(keyFile)
/** What its token is bound to: its own key, or one that it has made for this. */
let holder: AgentKey = own
let tools: Tools | null = null

async function obey(order: Order): Promise<unknown> {
  if (order.do === 'introduce') {
    if (order.by === 'key') return own.x
    holder = await freshKey()
    return signedWord(agent as string, own, order.audience, 'bailiwick-actor+jwt', { cnf: { jkt: holder.thumbprint } })
  }
  if (order.do === 'connect') {
    tools = await connect(new URL(order.mcp), agent as string, order.token, holder)
    return tools.names
  }
  if (tools === null) throw new Error('it is not connected')
  return tools.call(order.tool, order.args)
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
