import { Credentials } from '../authority/credentials/credentials.ts'
import { ToolboxConnection } from '../enforce/mcp/toolbox-connection.ts'
import type { ToolboxListener } from '../enforce/mcp/toolbox-connection.ts'
import type { ListedTool } from '../enforce/mcp/tool-listing.ts'
import type { Toolbox } from '../model/ruleset.ts'

/** What a server offers: its tools, and whether it has resources and prompts. */
export interface Discovered {
  readonly tools: ReadonlyMap<string, ListedTool>
  readonly resources: boolean
  readonly prompts: boolean
}

/**
 * Starts a server, asks what it offers, and ends it. `environment` is where its secrets are read from.
 * @throws BailiwickError `UPSTREAM_FAILED`, `CREDENTIAL_REFUSED` or `SECRET_MISSING`
 */
export async function discover(
  { name, server, credential }: Omit<Toolbox, 'tools'>,
  base: string,
  report: (line: string) => void,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Discovered> {
  const connection = new ToolboxConnection({
    stand: null,
    name,
    server,
    credential,
    credentials: new Credentials({ clock: Date.now }),
    session: null,
    base,
    environment,
    allow: new Set(),
    listener: deaf,
    report,
    clock: Date.now,
    eras: new Map(),
  })
  try {
    const tools = await connection.tools()
    const capabilities = (await connection.client()).getServerCapabilities()
    return { tools, resources: capabilities?.resources !== undefined, prompts: capabilities?.prompts !== undefined }
  } finally {
    await connection.close()
  }
}

/** Nobody is served while a server is only looked at. */
const deaf: ToolboxListener = {
  changed: () => {},
  resourceUpdated: () => {},
  logged: () => {},
  refused: () => {},
  asked: () => Promise.reject(new Error('nobody is here to ask')),
}
