import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { connectAgent } from './agent.ts'
import type { Agent } from './agent.ts'
import type { Workspace } from './prepare.ts'

/** Where the three servers get what they need. */
export interface UnguardedOptions {
  workspace: Workspace
  /** For the mail server, as `startMailbox` gives it. */
  smtpUrl: string
  /** The folder that the file server serves; `workspace.data` unless told otherwise. */
  filesRoot?: string
}

/**
 * An agent that talks straight to the three tool servers, with no gateway in between, under the tool names that the
 * gateway would show. It is the control of the experiment: what it shows to be possible, the gateway has to prevent.
 */
export async function connectUnguarded(options: UnguardedOptions): Promise<Agent> {
  const { workspace } = options
  const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
  const filesystem = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/dist/index.js')
  const start = (name: string, args: readonly string[], env: Record<string, string>): Promise<Agent> =>
    connectAgent({
      command: process.execPath,
      args,
      env: { ...env, TOOL_LOG: workspace.toolLog },
      name,
    })
  const [sales, files, mail] = await Promise.all([
    start('sales', [beside('sales-server.ts'), workspace.database], {
      SALES_RUGPULL_FLAG: workspace.rugPullFlag,
    }),
    start('files', [filesystem, options.filesRoot ?? workspace.data], {}),
    start('mail', [beside('mail-server.ts')], { SMTP_URL: options.smtpUrl }),
  ])
  return joinToolboxes({ sales, files, mail })
}

function joinToolboxes(toolboxes: Record<string, Agent>): Agent {
  const all = Object.values(toolboxes)
  return {
    tools: async () => {
      const lists = Object.entries(toolboxes).map(async ([toolbox, agent]) => (await agent.tools()).map((tool) => `${toolbox}__${tool}`))
      return (await Promise.all(lists)).flat()
    },
    call: async (name, args) => {
      const [toolbox = '', ...tool] = name.split('__')
      const agent = Object.hasOwn(toolboxes, toolbox) ? toolboxes[toolbox] : undefined
      if (agent === undefined) return { ok: false, end: 'protocol-error', text: `no tool \`${name}\``, ms: 0 }
      return agent.call(tool.join('__'), args)
    },
    toolListChanges: () => all.reduce((sum, agent) => sum + agent.toolListChanges(), 0),
    stderr: () => all.map((agent) => agent.stderr()).join(''),
    close: async () => {
      await Promise.all(all.map((agent) => agent.close()))
    },
  }
}
