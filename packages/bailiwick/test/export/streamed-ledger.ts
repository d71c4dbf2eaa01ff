import { onTestFinished } from 'vitest'
import { signingKey } from '../../src/authority/signing-key.ts'
import { singleKey } from '../../src/authority/token-keys.ts'
import type { TokenKeys } from '../../src/authority/token-keys.ts'
import { ExportStreams } from '../../src/cli/export/export-streams.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import type { LedgerStore } from '../../src/ledger/ledger-store.ts'
import type { SinkDeclaration } from '../../src/model/export.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import { SqliteCursorStore } from '../../src/storage/sqlite/sqlite-cursor-store.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

export const webhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='

/** As whom security events are told. */
export const transmitting = { trustDomain: 'corp.example', http: { publicUrl: 'https://gateway.corp.example' } }

export interface Streamed {
  readonly tokenKeys: TokenKeys
  readonly ledger: Ledger
  readonly store: LedgerStore
  readonly cursors: SqliteCursorStore
  readonly reports: string[]
  /** Streams to other sinks from now on. */
  readonly use: (sinks: readonly SinkDeclaration[]) => Promise<void>
  readonly stop: () => Promise<void>
}

/** A ledger that is streamed to sinks, with the secret of webhooks in the variable `SECRET`. */
export async function streamed(
  sinks: readonly SinkDeclaration[],
  scratch: ScratchLedger = new ScratchLedger(),
  before: (ledger: Ledger) => Promise<unknown> = async () => {},
  more: { readonly patience?: number } = {},
): Promise<Streamed> {
  const { ledger, store, database } = scratch.open()
  await before(ledger)
  const cursors = new SqliteCursorStore(database)
  const tokenKeys = await singleKey(signingKey(new Uint8Array(32).fill(7)))
  const reports: string[] = []
  const environment = { SECRET: webhookSecret, TOKEN: 'Bearer t' }
  const report = (line: string): void => void reports.push(line)
  const streams = new ExportStreams({ store, cursors, ledger, environment, report, tokenKeys, ...more })
  const use = (declared: readonly SinkDeclaration[]): Promise<void> =>
    streams.use({ manifest: { ...transmitting, export: declared } as unknown as Manifest, base: scratch.folder })
  await use(sinks)
  let stopped = false
  const stop = async (): Promise<void> => {
    if (!stopped) await streams.stop()
    stopped = true
  }
  onTestFinished(async () => {
    await stop()
    await scratch.remove()
  })
  return { ledger, store, cursors, reports, tokenKeys, use, stop }
}

/** A sink that posts to a URL. */
export function webhookTo(url: string, members: Partial<SinkDeclaration> = {}): SinkDeclaration {
  return { from: 'start', webhook: { url, secret: { env: 'SECRET' } }, ...members }
}

/** A sink that tells of revocations. */
export function securityEventsTo(url: string, members: Partial<NonNullable<SinkDeclaration['securityEvents']>> = {}): SinkDeclaration {
  return { from: 'start', securityEvents: { url, audience: 'receiver', ...members } }
}
