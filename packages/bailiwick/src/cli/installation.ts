import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { ed25519Signer, ed25519Verifier, formatNoteKey } from '@bailiwick/tlog'
import type { NoteVerifier } from '@bailiwick/tlog'
import { LocalAuthority, proofText } from '../authority/authority.ts'
import { readOrCreateSeed } from '../authority/key-file.ts'
import { Sessions } from '../authority/sessions.ts'
import { signingKey, signText } from '../authority/signing-key.ts'
import type { SigningKey } from '../authority/signing-key.ts'
import { Pasts } from '../enforce/facts/pasts.ts'
import { RulesetInForce } from '../enforce/ruleset-in-force.ts'
import type { Runtime } from '../enforce/runtime.ts'
import { closeAbandonedCalls, thisInstance } from '../ledger/crash-recovery.ts'
import { Ledger } from '../ledger/ledger.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { loadRuleset } from '../model/load-ruleset.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { Session } from '../model/session.ts'
import { Approvals } from '../oversight/approvals.ts'
import { SqliteApprovalStore } from '../storage/sqlite/sqlite-approval-store.ts'
import { SqliteDatabase } from '../storage/sqlite/sqlite-database.ts'
import { SqliteInstanceStore } from '../storage/sqlite/sqlite-instance-store.ts'
import { SqliteLedgerStore } from '../storage/sqlite/sqlite-ledger-store.ts'
import { SqliteSessionStore } from '../storage/sqlite/sqlite-session-store.ts'

export interface Locations {
  /** Path of the manifest. */
  readonly manifest: string
  /** Folder of keys and store; null for `.bailiwick` beside the manifest. */
  readonly state: string | null
}

/** Everything that one process of Bailiwick works with on this machine. */
export interface Installation {
  readonly runtime: Runtime
  readonly approvals: Approvals
  readonly sessions: Sessions
  readonly ledgerStore: LedgerStore
  readonly verifier: NoteVerifier
  readonly ledgerKey: string
  readonly approverKey: SigningKey
  /** A token for a session, `lifetime` in milliseconds, after proof of the agent's key. */
  readonly token: (session: Session, lifetime: number) => Promise<string>
  readonly close: () => Promise<void>
}

export function stateFolder({ manifest, state }: Locations): string {
  return state === null ? join(dirname(resolve(manifest)), '.bailiwick') : resolve(state)
}

/** The ruleset of an installation as its files are now; its keys and ledger are its own files too. @throws BailiwickError as {@link loadRuleset} does */
export function installedRuleset(locations: Locations): Ruleset {
  const loaded = loadRuleset(locations.manifest)
  return { ...loaded, own: [...loaded.own, stateFolder(locations)] }
}

/**
 * Opens the installation that a manifest describes. Calls that a crashed process left open are closed as `unknown`.
 * @param serving true for a process that lets calls through, which registers itself so that its calls can be told from abandoned ones
 * @throws BailiwickError as the parts do
 */
export async function openInstallation(
  locations: Locations,
  options: { readonly serving: boolean; readonly report: (line: string) => void },
): Promise<Installation> {
  const ruleset = installedRuleset(locations)
  const folder = stateFolder(locations)
  if (!options.serving && !existsSync(join(folder, 'bailiwick.db')))
    throw new BailiwickError('STORE_FAILED', `there is no ledger in \`${folder}\` yet`, {
      mend: 'it begins with the first session: `bailiwick mcp`, `bailiwick up` or `bailiwick sessions open`',
    })
  return assemble(ruleset, folder, options)
}

async function assemble(
  ruleset: Ruleset,
  folder: string,
  { serving, report }: { readonly serving: boolean; readonly report: (line: string) => void },
): Promise<Installation> {
  const clock = Date.now
  const keys = join(folder, 'keys')
  const { trustDomain } = ruleset.manifest
  const ledgerSeed = join(keys, 'ledger.key')
  if (existsSync(join(folder, 'bailiwick.db')) && !existsSync(ledgerSeed))
    throw new BailiwickError('KEY_FILE', `the key \`${ledgerSeed}\` of a ledger that exists is missing`, {
      mend: 'restore it from a copy; with another key nothing recorded so far could be verified',
    })
  const signer = await ed25519Signer(`${trustDomain}/ledger`, readOrCreateSeed(ledgerSeed))
  const ledgerKey = formatNoteKey(signer.key)
  const authority = new LocalAuthority({ trustDomain, key: signingKey(readOrCreateSeed(join(keys, 'gateway.key'))), clock })
  const approverKey = signingKey(readOrCreateSeed(join(keys, 'approver.key')))
  const database = new SqliteDatabase(join(folder, 'bailiwick.db'))
  const ledgerStore = new SqliteLedgerStore(database)
  const instances = new SqliteInstanceStore(database)
  const sessionStore = new SqliteSessionStore(database)
  const instance = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
  const ledger = new Ledger({
    store: ledgerStore,
    signer,
    instance,
    clock,
    onFault: (error) => report(`the ledger's head could not be signed: ${String(error)}`),
  })
  const approvals = new Approvals({ store: new SqliteApprovalStore(database), ledger, clock, approverKey: approverKey.x })
  const sessions = new Sessions(sessionStore, ledger, clock)
  if (serving) {
    await ledger.assertSound()
    await instances.save(thisInstance(instance))
    const abandoned = await closeAbandonedCalls(ledger, ledgerStore, instances)
    if (abandoned > 0)
      report(
        `${abandoned} call${abandoned === 1 ? '' : 's'} of a gateway that ended without warning ${abandoned === 1 ? 'is' : 'are'} recorded as unknown`,
      )
    await ledger.append({ type: 'event', event: 'rules', session: null, subject: ruleset.digest, detail: 'in force' })
  }
  return {
    runtime: {
      rules: new RulesetInForce(ruleset),
      ledger,
      ledgerStore,
      authority,
      sessions,
      sessionStore,
      approvals,
      pasts: new Pasts({ ledger, store: ledgerStore, clock }),
      clock,
      report,
    },
    approvals,
    sessions,
    ledgerStore,
    verifier: await ed25519Verifier(ledgerKey),
    ledgerKey,
    approverKey,
    token: (session, lifetime) => {
      const agentKey = signingKey(readOrCreateSeed(join(keys, 'agents', `${session.agent}.key`)))
      const agentId = ruleset.agents.get(session.agent)?.id ?? ''
      return authority.issue(session, agentId, { x: agentKey.x, signature: signText(agentKey, proofText(session.id)) }, lifetime)
    },
    close: async () => {
      await ledger.close()
      if (serving) await instances.remove(instance)
      database.close()
    },
  }
}

/** The person at the keyboard, as the operating system knows them. */
export function currentUser(): string {
  return userInfo().username
}
