import { resolve } from 'node:path'
import type { ToolboxPlan } from './toolbox-plan.ts'

/** What a client's configuration has in the place of the servers. Secrets stand in it as where their values are now. */
export function clientEntry(manifest: string, agent: string, plans: readonly ToolboxPlan[]): Readonly<Record<string, unknown>> {
  const secrets = plans.flatMap((plan) => plan.secrets)
  const env = Object.fromEntries(secrets.map(({ variable, from }) => [variable, `<${from.replaceAll('`', '')}>`]))
  return {
    mcpServers: {
      bailiwick: {
        command: 'npx',
        args: ['-y', 'bailiwick', 'mcp', '--manifest', resolve(manifest), '--agent', agent, '--goal', 'explore'],
        ...(secrets.length === 0 ? {} : { env }),
      },
    },
  }
}
