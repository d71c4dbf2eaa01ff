import { Option } from 'commander'
import type { Command } from 'commander'
import pc from 'picocolors'
import { GovernedSession } from '../enforce/governed-session.ts'
import { serveModels } from '../enforce/llm/model-gateway.ts'
import { ModelProvider } from '../enforce/llm/model-provider.ts'
import type { ProviderKey } from '../enforce/llm/model-provider.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { action, command } from './command.ts'
import { followedRules, withReload } from './followed-rules.ts'
import type { ReloadOption } from './followed-rules.ts'
import { openInstallation } from './installation.ts'
import { safe } from './output.ts'
import { renewedCredential } from './renewed-credential.ts'
import { closeSession, takenSession, withTaking } from './session-options.ts'
import type { TakingOptions } from './session-options.ts'
import { port } from './whole-number.ts'

interface ModelsOptions extends TakingOptions, ReloadOption {
  readonly to: string
  readonly keyEnv?: string
  readonly provider?: string
  readonly port: number
}

export function modelsCommand(): Command {
  return withReload(withTaking(command('models', 'record what the agent of a session asks of models')))
    .description(
      'Stands before a provider of models, for the agent of one session: each request is recorded before it is forwarded, and each answer as it was relayed. The agent is given its address as the base URL.',
    )
    .requiredOption('--to <url>', 'the provider, such as https://api.openai.com/v1 or https://api.anthropic.com')
    .option('--key-env <variable>', "the variable that holds the provider's key (default: the key that the agent sends)")
    .option('--provider <name>', 'what the provider is called in the ledger (default: what its address says)')
    .addOption(new Option('--port <n>', 'the port; 0 for any that is free').argParser(port).default(0))
    .addHelpText(
      'after',
      `
Chat Completions, Responses and Messages are forwarded, nothing else:
  bailiwick models --session ses_… --to https://api.openai.com/v1 --key-env OPENAI_API_KEY
  OPENAI_BASE_URL='http://127.0.0.1:…/…/v1' OPENAI_API_KEY=recorded node agent.js
`,
    )
    .action(
      action(async ({ output, locations }, options: ModelsOptions) => {
        const provider = new ModelProvider(endpointFrom(options.to), keyFrom(options.keyEnv))
        const { stop, follow } = followedRules(options.reload, locations)
        const report = (line: string): void => output.note(`bailiwick: ${safe(line)}`)
        const installation = await openInstallation(locations, report)
        const { session, opened } = await takenSession(installation, options).catch(async (error: unknown) => {
          await installation.close()
          throw error
        })
        const unfollow = follow(installation)
        const governed = await GovernedSession.open(installation.runtime, session)
        const credential = renewedCredential(installation, session)
        const gateway = await serveModels({ governed, credential, provider, providerName: options.provider ?? null }, options.port)
        output.data({ session: session.id, openai: gateway.openai, anthropic: gateway.anthropic })
        output.text(
          `${pc.bold('session')}    ${session.id}: ${session.agent} towards ${session.goal}\n${pc.bold('openai')}     ${gateway.openai}\n${pc.bold('anthropic')}  ${gateway.anthropic}`,
        )
        await new Promise<void>((resolve) => (stop.aborted ? resolve() : stop.addEventListener('abort', () => resolve())))
        await gateway.close()
        await unfollow()
        await governed.close()
        if (opened) await closeSession(installation, session.id)
        await installation.close()
        return 0
      }),
    )
}

/** @throws BailiwickError `USAGE` */
function endpointFrom(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new BailiwickError('USAGE', `\`${text}\` is not the address of a provider`, { mend: 'write it like `https://api.openai.com/v1`' })
  // It stands in the ledger and in reports.
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new BailiwickError('USAGE', 'the address of a provider may hold neither a password nor a query', {
      mend: 'give the key with `--key-env`',
    })
  return text
}

/** @throws BailiwickError `SECRET_MISSING` naming the variable, never the value */
function keyFrom(variable: string | undefined): ProviderKey {
  if (variable === undefined) return 'of-the-agent'
  const value = process.env[variable]
  if (value !== undefined && value !== '') return { value }
  throw new BailiwickError('SECRET_MISSING', `the key of the provider comes from the variable \`${variable}\`, which is not set`, {
    mend: 'set it in the environment of this command',
  })
}
