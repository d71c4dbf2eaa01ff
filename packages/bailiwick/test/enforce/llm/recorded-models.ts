import { createServer } from 'node:http'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openInstallation } from '../../../src/cli/installation.ts'
import type { Installation } from '../../../src/cli/installation.ts'
import { renewedCredential } from '../../../src/cli/renewed-credential.ts'
import { GovernedSession } from '../../../src/enforce/governed-session.ts'
import { serveModels } from '../../../src/enforce/llm/model-gateway.ts'
import type { ModelGateway } from '../../../src/enforce/llm/model-gateway.ts'
import { ModelProvider } from '../../../src/enforce/llm/model-provider.ts'
import type { ProviderKey } from '../../../src/enforce/llm/model-provider.ts'
import type { LedgerEntry, ModelAnsweredEntry, ModelAskedEntry } from '../../../src/ledger/entry.ts'
import { verifyLedger } from '../../../src/ledger/verify-ledger.ts'
import { folderWith } from '../../cli/run-cli.ts'
import { installationFiles } from '../../cli/written-manifest.ts'
import { keptValue } from '../../ledger/kept-payload.ts'

/** What a provider was asked. */
export interface Asked {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A provider on loopback that answers as a test says, and keeps what it was asked. Gone when the test is over. */
export async function provider(
  answer: (asked: Asked, response: Parameters<RequestListener>[1]) => unknown,
): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') }
      asked.push(one)
      void answer(one, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

export const completion = { id: 'chatcmpl-1', object: 'chat.completion', model: 'gpt-5-2025-08-07', created: 0 } as const

/** A plain answer in the form of Chat Completions. */
export function plainAnswer(response: Parameters<RequestListener>[1], content = 'Good day.'): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      ...completion,
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12, prompt_tokens_details: { cached_tokens: 4 } },
    }),
  )
}

/** A gateway before a provider, for a session that is open, on real keys and a real store. */
export interface Recorded {
  readonly gateway: ModelGateway
  readonly installation: Installation
  readonly session: string
  readonly folder: string
  readonly reports: string[]
  readonly entries: () => Promise<LedgerEntry[]>
  /** The halves of calls of models, in their order. */
  readonly models: () => Promise<(ModelAskedEntry | ModelAnsweredEntry)[]>
  readonly answered: () => Promise<ModelAnsweredEntry[]>
  readonly payload: (hash: string | undefined) => Promise<unknown>
  readonly ask: (body: unknown, options?: { path?: string; headers?: Record<string, string>; signal?: AbortSignal }) => Promise<Response>
  /** What verification finds once all is closed. */
  readonly verified: () => Promise<readonly string[]>
}

export async function recorded(
  to: string,
  options: { readonly key?: ProviderKey; readonly clock?: () => number; readonly manifest?: (text: string) => string } = {},
): Promise<Recorded> {
  const files = { ...installationFiles }
  files['bailiwick.yaml'] = options.manifest?.(files['bailiwick.yaml'] as string) ?? (files['bailiwick.yaml'] as string)
  const folder = folderWith(files)
  const reports: string[] = []
  const { clock } = options
  const installation = await openInstallation(
    { manifest: join(folder, 'bailiwick.yaml'), state: null },
    (line) => reports.push(line),
    clock === undefined ? {} : { clock },
  )
  const { runtime, sessions, ledgerStore } = installation
  const session = await sessions.open(runtime.rules.current, { agent: 'clerk', goal: 'letters', params: {}, person: 'ann', request: null })
  const governed = await GovernedSession.open(runtime, session)
  const gateway = await serveModels(
    {
      governed,
      credential: renewedCredential(installation, session),
      provider: new ModelProvider(to, options.key ?? 'of-the-agent'),
      providerName: null,
    },
    0,
  )
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await gateway.close()
    await governed.close()
  }
  onTestFinished(async () => {
    await close()
    await installation.close()
  })
  const entries = async (): Promise<LedgerEntry[]> =>
    (await ledgerStore.entries(0, 10_000)).map((body) => JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry)
  const models = async (): Promise<(ModelAskedEntry | ModelAnsweredEntry)[]> => (await entries()).filter((entry) => entry.type === 'model')
  return {
    gateway,
    installation,
    session: session.id,
    folder,
    reports,
    entries,
    models,
    answered: async () => (await models()).filter((entry) => entry.event === 'answered'),
    payload: (hash) => keptValue(ledgerStore, hash ?? ''),
    ask: (body, { path = '/chat/completions', headers = {}, signal } = {}) =>
      fetch(`${gateway.openai}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      }),
    verified: async () => {
      await close()
      await runtime.ledger.signHead()
      return (await verifyLedger(ledgerStore, installation.ledgerKeys)).problems
    },
  }
}

export const hello = { model: 'gpt-5', messages: [{ role: 'user', content: 'Good day?' }] }
