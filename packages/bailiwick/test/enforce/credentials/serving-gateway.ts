import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { openInstallation } from '../../../src/cli/installation.ts'
import type { Installation } from '../../../src/cli/installation.ts'
import { cli, runCli } from '../../cli/run-cli.ts'
import { askToken, assertion, goalDetail, keyPair } from '../oauth/agent-client.ts'
import type { KeyPair, TokenAnswer } from '../oauth/agent-client.ts'
import { callTool } from '../oauth/delegating-gateway.ts'
import type { Answered } from '../oauth/delegating-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { authorisationServer } from './authorisation-server.ts'
import type { AuthorisationServer } from './authorisation-server.ts'
import { crm } from './crm.ts'
import type { Crm } from './crm.ts'
import { lendingFolder } from './lending-gateway.ts'

/** `bailiwick up` as a process of its own whose toolbox is lent tokens on behalf of people, and an agent with a registered key. */
export interface ServingGateway {
  readonly folder: string
  readonly server: AuthorisationServer
  readonly box: Crm
  readonly key: KeyPair
  readonly origin: string
  /** All that the process and its predecessor have said. */
  readonly said: () => string
  /** Asks for a token for a person; of a session that there is, when it is named. */
  readonly signedIn: (idToken: string, session?: string) => Promise<TokenAnswer>
  /** Calls a tool of the toolbox, `look` unless it is another. */
  readonly call: (token: string, text: string, tool?: string) => Promise<Answered>
  /** The same with a bearer token. */
  readonly callBearing: (token: string, text: string) => Promise<Answered>
  /** Ends the process and starts another at the same address. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** The folder of a manifest whose toolbox is lent tokens on behalf of people. @param change what is otherwise in the manifest */
export function folderOfPeople(
  server: Pick<AuthorisationServer, 'url' | 'clientSecret'>,
  box: Pick<Crm, 'url'>,
  change: (manifest: Record<string, unknown>) => void = () => {},
): string {
  const folder = lendingFolder({
    mcp: { url: box.url },
    credential: {
      oauth: { issuer: server.url, clientId: 'bailiwick', clientSecret: { file: 'client' }, grant: 'token-exchange' },
      scopes: { read: ['crm.read'], write: ['crm.write'], destructive: ['crm.admin'] },
    },
    trust: { people: { issuer: server.url, clientId: 'bailiwick' } },
    files: { client: server.clientSecret },
  })
  const path = join(folder, 'bailiwick.yaml')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  change(manifest)
  writeFileSync(path, JSON.stringify(manifest))
  return folder
}

export async function servingGateway(): Promise<ServingGateway> {
  const server = await authorisationServer()
  const box = await crm(server.url)
  const folder = folderOfPeople(server, box)
  const key = await keyPair()
  const registered = await runCli(['agents', 'register', 'clerk', '--key', key.x], { cwd: folder })
  expect(registered).toMatchObject({ code: 0 })
  let said = ''
  let child: ChildProcess | null = null
  let origin = ''
  const start = async (): Promise<void> => {
    const port = origin === '' ? '0' : new URL(origin).port
    const args = ['--conditions=@bailiwick/source', cli, 'up', '--json', '--no-reload', '--port', port]
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, NO_COLOR: '1' }
    const starting = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    child = starting
    starting.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [line] = (await once(starting.stdout, 'data')) as [Buffer]
    said += line.toString()
    origin = new URL((JSON.parse(line.toString()) as { url: string }).url).origin
  }
  const stop = async (): Promise<void> => {
    if (child === null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    child = null
  }
  onTestFinished(stop)
  await start()
  const gateway = (): LiveGateway => ({ origin }) as LiveGateway
  return {
    folder,
    server,
    box,
    key,
    get origin() {
      return origin
    },
    said: () => said,
    signedIn: async (idToken, session) =>
      askToken(gateway(), key, key, {
        form: {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          client_assertion: await assertion(gateway(), key, { iss: 'clerk', sub: 'clerk' }),
          subject_token: idToken,
          subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
          authorization_details:
            session === undefined ? goalDetail({ goal: 'serve' }) : JSON.stringify([{ type: 'urn:bailiwick:goal', session }]),
        },
      }),
    call: (token, text, tool = 'look') => callTool({ gateway: gateway() }, token, key, { text }, { tool }),
    callBearing: (token, text) => callTool({ gateway: gateway() }, token, key, { text }, { tool: 'look', dpop: null, scheme: 'Bearer' }),
    restart: async () => {
      await stop()
      await start()
    },
    stop,
  }
}

/** An installation in this process, closed when the test is over. */
export async function openedHere(folder: string, clock: () => number = Date.now): Promise<Installation> {
  const installation = await openInstallation({ manifest: join(folder, 'bailiwick.yaml'), state: null }, () => {}, { clock })
  onTestFinished(() => installation.close())
  return installation
}
