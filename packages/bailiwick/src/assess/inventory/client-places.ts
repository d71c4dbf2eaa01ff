import { join } from 'node:path'

/** Where things are on this machine. */
export interface Surroundings {
  readonly home: string
  /** Folders of projects to look into. */
  readonly projects: readonly string[]
  readonly platform: NodeJS.Platform
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A file in which a client keeps its MCP servers. */
export interface ClientPlace {
  readonly client: string
  readonly file: string
}

const projectFiles: readonly (readonly [client: string, ...path: string[]])[] = [
  ['Claude Code', '.mcp.json'],
  ['Cursor', '.cursor', 'mcp.json'],
  ['VS Code', '.vscode', 'mcp.json'],
  ['VS Code', '.vscode', 'settings.json'],
  ['Zed', '.zed', 'settings.json'],
  ['Codex', '.codex', 'config.toml'],
  ['Gemini CLI', '.gemini', 'settings.json'],
  ['Roo Code', '.roo', 'mcp.json'],
  ['Kiro', '.kiro', 'settings', 'mcp.json'],
  ['Amazon Q', '.amazonq', 'mcp.json'],
  ['Junie', '.junie', 'mcp', 'mcp.json'],
  ['OpenCode', 'opencode.json'],
  ['OpenCode', 'opencode.jsonc'],
  ['Continue', '.continue', 'config.yaml'],
]

const homeFiles: readonly (readonly [client: string, ...path: string[]])[] = [
  ['Claude Code', '.claude.json'],
  ['Cursor', '.cursor', 'mcp.json'],
  ['Windsurf', '.codeium', 'windsurf', 'mcp_config.json'],
  ['Codex', '.codex', 'config.toml'],
  ['Gemini CLI', '.gemini', 'settings.json'],
  ['Continue', '.continue', 'config.yaml'],
  ['Continue', '.continue', 'config.json'],
  ['Amazon Q', '.aws', 'amazonq', 'mcp.json'],
  ['Kiro', '.kiro', 'settings', 'mcp.json'],
  ['Copilot CLI', '.copilot', 'mcp-config.json'],
  ['LM Studio', '.lmstudio', 'mcp.json'],
  ['Junie', '.junie', 'mcp', 'mcp.json'],
  ['Zed', '.config', 'zed', 'settings.json'],
  ['OpenCode', '.config', 'opencode', 'opencode.json'],
  ['Goose', '.config', 'goose', 'config.yaml'],
]

const dataFiles: readonly (readonly [client: string, ...path: string[]])[] = [
  ['Claude Desktop', 'Claude', 'claude_desktop_config.json'],
  ...['Code', 'Code - Insiders', 'VSCodium'].flatMap((editor): (readonly [string, ...string[]])[] => [
    ['VS Code', editor, 'User', 'mcp.json'],
    ['VS Code', editor, 'User', 'settings.json'],
    ['Cline', editor, 'User', 'globalStorage', 'saoudrizwan.claude-dev', 'settings', 'cline_mcp_settings.json'],
    ['Roo Code', editor, 'User', 'globalStorage', 'rooveterinaryinc.roo-cline', 'settings', 'mcp_settings.json'],
  ]),
]

/** Every place where a known client may keep its servers, whether or not there is a file. */
export function clientPlaces(surroundings: Surroundings): readonly ClientPlace[] {
  const { home, projects } = surroundings
  const data = applicationData(surroundings)
  const under = (folder: string, files: typeof homeFiles): ClientPlace[] =>
    files.map(([client, ...path]) => ({ client, file: join(folder, ...path) }))
  return [...projects.flatMap((project) => under(project, projectFiles)), ...under(home, homeFiles), ...under(data, dataFiles)]
}

function applicationData({ home, platform, environment }: Surroundings): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  if (platform === 'win32') return environment['APPDATA'] || join(home, 'AppData', 'Roaming')
  return environment['XDG_CONFIG_HOME'] || join(home, '.config')
}
