import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { BailiwickError } from '../../model/bailiwick-error.ts'

/** Where things are on this machine, as far as the search for configurations goes. */
export interface Surroundings {
  readonly home: string
  readonly cwd: string
  readonly platform: NodeJS.Platform
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A file in which an MCP client keeps its servers. */
export interface ClientConfig {
  readonly path: string
  /** The folder that relative paths in it start from: that of its project; null for one that belongs to the person. */
  readonly root: string | null
}

/** Every place where a client may keep its servers, whether or not there is a file. */
export function clientConfigPlaces(surroundings: Surroundings): readonly ClientConfig[] {
  const { home, cwd } = surroundings
  return [
    { path: join(cwd, '.mcp.json'), root: cwd },
    { path: join(cwd, '.cursor', 'mcp.json'), root: cwd },
    { path: join(cwd, '.vscode', 'mcp.json'), root: cwd },
    { path: join(home, '.cursor', 'mcp.json'), root: null },
    { path: join(home, '.codeium', 'windsurf', 'mcp_config.json'), root: null },
    { path: join(applicationData(surroundings), 'Claude', 'claude_desktop_config.json'), root: null },
  ]
}

/** The files among those places that exist, each once. */
export function findClientConfigs(surroundings: Surroundings): readonly ClientConfig[] {
  const seen = new Set<string>()
  return clientConfigPlaces(surroundings).filter(({ path }) => {
    if (!existsSync(path)) return false
    const real = realpathSync(path)
    return !seen.has(real) && seen.add(real)
  })
}

/** A file that the person named. @throws BailiwickError `USAGE` when it does not exist */
export function namedClientConfig(file: string, { cwd }: Surroundings): ClientConfig {
  const path = resolve(cwd, file)
  if (!existsSync(path))
    throw new BailiwickError('USAGE', `there is no file \`${file}\``, { mend: 'name the configuration of an MCP client' })
  const folder = dirname(path)
  return { path, root: ['.cursor', '.vscode'].includes(basename(folder)) ? dirname(folder) : folder }
}

function applicationData({ home, platform, environment }: Surroundings): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  if (platform === 'win32') return environment['APPDATA'] || join(home, 'AppData', 'Roaming')
  return environment['XDG_CONFIG_HOME'] || join(home, '.config')
}
