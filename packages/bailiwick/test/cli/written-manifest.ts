import { formatLock } from '../../src/model/lock.ts'
import { pinOf } from '../../src/model/pin.ts'
import type { ToolDefinition } from '../../src/model/pin.ts'
import { fixtureServer } from './run-cli.ts'

/** A tool as the fixture server offers it. */
export function toolNamed(name: string, description = `does ${name}`): ToolDefinition {
  return {
    name,
    description,
    inputSchema: { type: 'object', properties: { to: { type: 'string' }, body: { type: 'string' } }, required: ['to'] },
  }
}

export const send: ToolDefinition = toolNamed('send')
export const read: ToolDefinition = toolNamed('read')

/** A manifest in order: one toolbox `mail` of the fixture server with `send` and `read`, one agent, one goal. */
export const manifest: string = `trustDomain: corp.example
agents:
  clerk: { owner: ops@corp.example, goals: [letters] }
toolboxes:
  mail:
    mcp: { command: ${JSON.stringify(process.execPath)}, args: [${JSON.stringify(fixtureServer)}, tools.json] }
    tools:
      send: { effect: external, sinks: { to: recipient }, pin: ${pinOf(send)} }
      # Reads only.
      read:
        effect: read
        pin: '${pinOf(read)}'
goals:
  letters:
    tools: { mail.send: { to: { domain: corp.example } }, mail.read: {} }
http: { port: 0 }
`

/** The files of an installation whose manifest, lock and server agree. */
export const installationFiles: Readonly<Record<string, string>> = {
  'bailiwick.yaml': manifest,
  'bailiwick.lock.json': formatLock({ version: 1, toolboxes: { mail: { send, read } } }),
  'tools.json': JSON.stringify({ tools: [send, read] }),
}
