import { dirname, resolve } from 'node:path'
import type { McpServer, Ruleset } from '../model/ruleset.ts'

/** The ruleset with a mock in the place of each toolbox's server. What it permits, and its digest, are the same. */
export function withMockedToolboxes(ruleset: Ruleset, manifest: string): Ruleset {
  const toolboxes = [...ruleset.toolboxes].map(([name, toolbox]) => {
    const server: McpServer = {
      command: process.execPath,
      args: [...process.execArgv, process.argv[1] as string, 'mock-toolbox', name, '--manifest', resolve(manifest)],
      env: {},
      cwd: dirname(resolve(manifest)),
      url: null,
      headers: {},
      timeout: toolbox.server.timeout,
    }
    return [name, { ...toolbox, server, credential: null }] as const
  })
  return { ...ruleset, toolboxes: new Map(toolboxes) }
}
