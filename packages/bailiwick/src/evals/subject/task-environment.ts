import type { TaskAbout } from './connect-task.ts'

/** What every agent needs, and no secret of whoever runs the suite. */
export function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    ['PATH', 'HOME', 'USER', 'LANG', 'TERM', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
}

/** What an agent is told through its environment. */
export function taskEnvironment({ request, goal, params, mcp, model }: TaskAbout, config: string | null): Record<string, string> {
  return {
    BAILIWICK_REQUEST: request,
    BAILIWICK_GOAL: goal,
    BAILIWICK_PARAMS: JSON.stringify(params),
    BAILIWICK_MCP_URL: mcp.url,
    BAILIWICK_MCP_TOKEN: mcp.token,
    ...(config === null ? {} : { BAILIWICK_MCP_CONFIG: config }),
    ...(model === null
      ? {}
      : {
          OPENAI_BASE_URL: model.openai,
          OPENAI_API_KEY: model.key,
          // It would send traces past the model that the case provides.
          OPENAI_AGENTS_DISABLE_TRACING: '1',
          ANTHROPIC_BASE_URL: model.anthropic,
          ANTHROPIC_API_KEY: model.key,
        }),
  }
}
