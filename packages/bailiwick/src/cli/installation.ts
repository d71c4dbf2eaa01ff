import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { formatNoteKey } from '@bailiwick/tlog'
import { AttenuatedTokens } from '../authority/attenuation/attenuated-tokens.ts'
import { AuthorityOfChains } from '../authority/attenuation/authority-of-chains.ts'
import { LocalAuthority, proofText } from '../authority/authority.ts'
import { Credentials } from '../authority/credentials/credentials.ts'
import { HeldPersonTokens } from '../authority/credentials/held-person-tokens.ts'
import { readOrCreateSeed } from '../authority/key-file.ts'
import { ed25519Thumbprint } from '../authority/oauth/thumbprint.ts'
import { AgentKeys } from '../authority/agent-keys.ts'
import { Delegations } from '../authority/delegations.ts'
import type { KeyDevices } from '../authority/key-devices.ts'
import { Revocations } from '../authority/revocations.ts'
import { Sessions } from '../authority/sessions.ts'
import { ManifestTrust } from '../authority/trust/manifest-trust.ts'
import type { TrustedIssuers } from '../authority/trust/trusted-issuers.ts'
import { FileTokenKeys } from '../authority/token-keys.ts'
import type { TokenKeys } from '../authority/token-keys.ts'
import { signingKey, signText } from '../authority/signing-key.ts'
import type { KeyPair } from '../authority/signing-key.ts'
import { withRisk } from '../assess/risk/assess-agent.ts'
import { Pasts } from '../enforce/facts/pasts.ts'
import { lastRecordedRuleset, recordRuleset } from '../enforce/record-ruleset.ts'
import { RulesetInForce } from '../enforce/ruleset-in-force.ts'
import type { Runtime } from '../enforce/runtime.ts'
import { SessionFamilies } from '../enforce/session-families.ts'
import { closeAbandonedCalls, thisInstance } from '../ledger/crash-recovery.ts'
import type { CursorStore } from '../ledger/export/cursor-store.ts'
import { Ledger } from '../ledger/ledger.ts'
import { LedgerKeys } from '../ledger/ledger-keys.ts'
import { eraseSession } from '../ledger/vault/erasure.ts'
import type { Erasure } from '../ledger/vault/erasure.ts'
import { readLedgerPolicy } from '../ledger/witness/read-policy.ts'
import { WitnessesInForce } from '../ledger/witness/witnesses-in-force.ts'
import { PayloadCipher } from '../ledger/vault/payload-cipher.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { ledgerKeyFiles, ledgerSigner } from './ledger-signer.ts'
import { GatewayAddress, noteRefused, tokenServer } from './token-server.ts'
import { vaultKeyVariable, vaultMasterKey } from './vault-master-key.ts'
import { withMockedToolboxes } from './mocked-toolboxes.ts'
import { loadRuleset, trustDomainOf } from '../model/load-ruleset.ts'
import type { Link } from '../model/lineage.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { Session } from '../model/session.ts'
import { Approvals } from '../oversight/approvals.ts'
import { pinVariable } from '../storage/pkcs11/device-pin.ts'
import { Pkcs11Devices } from '../storage/pkcs11/pkcs11-devices.ts'
import { SqliteAgentKeyStore } from '../storage/sqlite/sqlite-agent-key-store.ts'
import { SqliteApprovalStore } from '../storage/sqlite/sqlite-approval-store.ts'
import { SqliteCursorStore } from '../storage/sqlite/sqlite-cursor-store.ts'
import { SqliteDatabase } from '../storage/sqlite/sqlite-database.ts'
import { SqliteEndedSignIns } from '../storage/sqlite/sqlite-ended-sign-ins.ts'
import { SqliteInstanceStore } from '../storage/sqlite/sqlite-instance-store.ts'
import { SqliteLedgerStore } from '../storage/sqlite/sqlite-ledger-store.ts'
import { SqliteRevocationStore } from '../storage/sqlite/sqlite-revocation-store.ts'
import { SqliteSessionStore } from '../storage/sqlite/sqlite-session-store.ts'
import { SqliteUsedIds } from '../storage/sqlite/sqlite-used-ids.ts'

/** How long a witness may take, in milliseconds. */
const witnessTimeout = 5000

export interface Locations {
  /** Path of the manifest. */
  readonly manifest: string
  /** Folder of keys and store; null for `.bailiwick` beside the manifest. */
  readonly state: string | null
  /** True to have a mock in the place of each toolbox, and keys and ledger apart from the real ones. */
  readonly mocked?: boolean
}

/** What another process would take from its surroundings. */
export interface Circumstances {
  /** The rules, where they were read already. */
  readonly ruleset?: Ruleset
  /** Milliseconds since 1970; the machine's clock when absent. */
  readonly clock?: () => number
  /** True when no witness is to hear of the ledger, since it is gone afterwards. */
  readonly unwitnessed?: boolean
}

/** The keys and the store of an installation: what was recorded, and what people decide. No rules are needed for it. */
export interface Records {
  readonly ledger: Ledger
  readonly approvals: Approvals
  readonly sessions: Sessions
  readonly revocations: Revocations
  readonly agentKeys: AgentKeys
  /** What tokens and security events are signed with. */
  readonly tokenKeys: TokenKeys
  readonly ledgerStore: LedgerStore
  /** How far each sink of `export` has come. */
  readonly cursors: CursorStore
  readonly ledgerKeys: LedgerKeys
  readonly ledgerKey: string
  readonly approverKey: KeyPair
  /** What keeps keys that are in no file. */
  readonly devices: KeyDevices
  /** Erases what a session that has ended held, wherever it is kept. Resolves with the number of payloads that there were. */
  readonly erase: (erasure: Erasure) => Promise<number>
  readonly close: () => Promise<void>
}

/** Everything that one process of Bailiwick that lets calls through works with on this machine. */
export interface Installation extends Omit<Records, 'ledger'> {
  readonly runtime: Runtime
  /** What people proved themselves with to this process. */
  readonly personTokens: HeldPersonTokens
  /** Who people and workloads are, by tokens of others and the rules in force. */
  readonly trusted: TrustedIssuers
  /** Under which address it is reached. */
  readonly address: GatewayAddress
  /** What lets agents in over HTTP. */
  readonly server: ReturnType<typeof tokenServer>
  /** Whom the ledger's heads are shown to; null where nobody is to hear of it. */
  readonly witnesses: WitnessesInForce | null
  /** A token for a session, `lifetime` in milliseconds, after proof of the agent's key. */
  readonly token: (session: Session, lifetime: number) => Promise<string>
  /** What sessions that are opened on this machine for an agent descend from: the key that their tokens are bound to. None for an agent that nobody declared. */
  readonly keysOf: (agent: string) => Promise<readonly Link[]>
}

export function stateFolder({ manifest, state, mocked = false }: Locations): string {
  if (state !== null) return resolve(state)
  const folder = join(dirname(resolve(manifest)), '.bailiwick')
  return mocked ? join(folder, 'dev') : folder
}

/** The ruleset of an installation as its files are now, with what policies see of risk; its keys and ledger are its own files too. @throws BailiwickError as {@link loadRuleset} does */
export function installedRuleset(locations: Locations): Ruleset {
  const read = loadRuleset(locations.manifest)
  const loaded = locations.mocked === true ? withMockedToolboxes(read, locations.manifest) : read
  const policy = policyFileOf(loaded)
  // This process's own environment and memory hold every secret that it lends.
  const ownProcess = process.platform === 'linux' ? [`/proc/${process.pid}`] : []
  return withRisk({ ...loaded, own: [...loaded.own, stateFolder(locations), ...ownProcess, ...(policy === null ? [] : [policy])] })
}

/** The trust policy that a ruleset names, absolute; null for none. */
export function policyFileOf({ manifest, base }: Ruleset): string | null {
  return manifest.ledger.policy === undefined ? null : resolve(base, manifest.ledger.policy)
}

/**
 * Opens what an installation has recorded. Whatever is wrong with the rules beside it does not keep people from revoking,
 * answering and looking up: only the trust domain is read.
 * @param witnessed the trust policy whose witnesses are shown the heads that are signed; nobody is otherwise
 * @throws BailiwickError as the parts do
 */
export async function openRecords(
  locations: Locations,
  report: (line: string) => void,
  witnessed: { readonly policyFile?: string } = {},
): Promise<Records> {
  const trustDomain = trustDomainOf(locations.manifest)
  const folder = stateFolder(locations)
  if (!existsSync(join(folder, 'bailiwick.db')))
    throw new BailiwickError('STORE_FAILED', `there is no ledger in \`${folder}\` yet`, {
      mend: 'it begins with the first session: `bailiwick mcp`, `bailiwick up` or `bailiwick sessions open`',
    })
  return assemble({ trustDomain, folder, report, clock: Date.now, ...witnessed })
}

/**
 * Opens the installation that a manifest describes for a process that lets calls through. It registers itself, so that its
 * calls can be told from those that a crashed process left open, which are closed as `unknown`.
 * @throws BailiwickError as the parts do
 */
export async function openInstallation(
  locations: Locations,
  report: (line: string) => void,
  { ruleset = installedRuleset(locations), clock = Date.now, unwitnessed = locations.mocked === true }: Circumstances = {},
): Promise<Installation> {
  const folder = stateFolder(locations)
  const { trustDomain } = ruleset.manifest
  const witnessed = unwitnessed ? {} : { policyFile: policyFileOf(ruleset) }
  const { database, sessionStore, ledger, witnesses, ...records } = await assemble({ trustDomain, folder, report, clock, ...witnessed })
  const { ledgerStore, sessions, revocations, approvals, tokenKeys, devices } = records
  const keys = join(folder, 'keys')
  // Made or refused at the start, not with the first token.
  await (await tokenKeys.current()).key.sign(Buffer.from('bailiwick start v1\n'))
  const rules = new RulesetInForce(ruleset)
  const address = new GatewayAddress(() => rules.current.manifest.http)
  const authority = new LocalAuthority({ trustDomain, keys: tokenKeys, clock, server: address })
  const instances = new SqliteInstanceStore(database)
  const start = async (): Promise<void> => {
    await ledger.assertSound()
    const headless = (await ledgerStore.head()) === null
    await ledger.assertWitnessed()
    await instances.save(thisInstance(ledger.instance))
    const abandoned = await closeAbandonedCalls(ledger, ledgerStore, instances)
    if (abandoned > 0)
      report(
        `${abandoned} call${abandoned === 1 ? '' : 's'} of a gateway that ended without warning ${abandoned === 1 ? 'is' : 'are'} recorded as unknown`,
      )
    const unrecorded = await revocations.recordOutstanding()
    if (unrecorded > 0)
      report(
        `${unrecorded} revocation${unrecorded === 1 ? '' : 's'} of a process that ended too early ${unrecorded === 1 ? 'is' : 'are'} recorded now`,
      )
    await recordRuleset(ledger, ruleset, await lastRecordedRuleset(ledgerStore))
    const policy = witnesses?.digest ?? null
    if (policy !== null)
      await ledger.append({ type: 'configuration', event: 'trust-policy', session: null, trustDigest: policy, before: null })
    // From the first moment there is a head to verify against.
    await ledger.signHead()
    // A ledger without a head may be a new one, or one whose heads were taken away.
    if (headless) await ledger.assertWitnessed()
  }
  try {
    await start()
  } catch (error) {
    await ledger.close()
    await devices.close()
    database.close()
    throw error
  }
  const usedIds = new SqliteUsedIds(database, clock)
  const endedSignIns = new SqliteEndedSignIns(database)
  const trusted = new ManifestTrust({ ruleset: () => rules.current, usedIds, endedSignIns, clock })
  const lendsForPeople = (): boolean =>
    [...rules.current.toolboxes.values()].some(({ credential }) => credential?.oauth.grant === 'token-exchange')
  const personTokens = new HeldPersonTokens({ sessions, revocations, wanted: lendsForPeople, clock })
  const credentials = new Credentials({ clock, persons: personTokens })
  // Whatever can read the environment of this process, or another's of this user, finds it there.
  for (const name of [vaultKeyVariable, pinVariable]) credentials.secrets.remember(process.env[name] ?? '')
  const keyOf = (agent: string): KeyPair => signingKey(readOrCreateSeed(join(keys, 'agents', `${agent}.key`)))
  const delegations = new Delegations(sessions, revocations, clock)
  const attenuated = new AttenuatedTokens({
    tokenKeys,
    keys: records.agentKeys,
    sessions,
    delegations,
    ruleset: () => rules.current,
    clock,
    issuer: () => address.issuer(),
    resource: () => address.resource(),
    note: (agent, reason) => noteRefused(ledger, `delegation to ${agent}`, reason),
  })
  const chains = new AuthorityOfChains(authority, attenuated)
  const runtime: Runtime = {
    rules,
    ledger,
    ledgerStore,
    authority: chains,
    credentials,
    sessions,
    sessionStore,
    revocations,
    approvals,
    pasts: new Pasts({ ledger, store: ledgerStore, descendants: (id) => sessionStore.descendants(id), clock }),
    families: new SessionFamilies({ ledger, ledgerStore, sessionStore }),
    clock,
    report,
  }
  return {
    ...records,
    witnesses,
    trusted,
    runtime,
    personTokens,
    address,
    server: tokenServer({
      runtime,
      address,
      tokens: authority,
      chains,
      delegations,
      tokenKeys,
      keys: records.agentKeys,
      issuers: trusted,
      used: usedIds,
      endedSignIns,
      personTokens,
    }),
    token: (session, lifetime) => {
      const agentKey = keyOf(session.agent)
      const agentId = ruleset.agents.get(session.agent)?.id ?? ''
      return authority.issue(session, agentId, { x: agentKey.x, signature: signText(agentKey, proofText(session.id)) }, lifetime)
    },
    keysOf: async (agent) => (rules.current.agents.has(agent) ? [{ kind: 'key', id: await ed25519Thumbprint(keyOf(agent).x) }] : []),
    close: async () => {
      await ledger.close()
      await devices.close()
      await instances.remove(ledger.instance)
      database.close()
    },
  }
}

interface Assembled extends Records {
  readonly database: SqliteDatabase
  readonly sessionStore: SqliteSessionStore
  readonly witnesses: WitnessesInForce | null
}

interface Assembly {
  readonly trustDomain: string
  readonly folder: string
  readonly report: (line: string) => void
  readonly clock: () => number
  /** The trust policy that names the witnesses, null for none yet; absent when nobody is to hear of the ledger. */
  readonly policyFile?: string | null
}

async function assemble({ trustDomain, folder, report, clock, policyFile }: Assembly): Promise<Assembled> {
  const keys = join(folder, 'keys')
  const keyFiles = ledgerKeyFiles(keys)
  if (existsSync(join(folder, 'bailiwick.db')) && !existsSync(keyFiles.current))
    throw new BailiwickError('KEY_FILE', `the key \`${keyFiles.current}\` of a ledger that exists is missing`, {
      mend: 'restore it from a copy; with another key nothing recorded so far could be verified',
    })
  const approverKey = signingKey(readOrCreateSeed(join(keys, 'approver.key')))
  const devices = new Pkcs11Devices(process.env)
  const database = new SqliteDatabase(join(folder, 'bailiwick.db'))
  const ledgerStore = new SqliteLedgerStore(database, new PayloadCipher(vaultMasterKey(keys), clock))
  if (!(await ledgerStore.isOfMaster()))
    throw new BailiwickError('KEY_FILE', `the master key of the vault is not the one that what \`${folder}\` holds was sealed with`, {
      mend: `restore \`${join(keys, 'vault.key')}\` from a copy, or the variable \`${vaultKeyVariable}\``,
    })
  const sessionStore = new SqliteSessionStore(database)
  const approvalStore = new SqliteApprovalStore(database)
  const origin = `${trustDomain}/ledger`
  const ledgerKeys = await LedgerKeys.read(ledgerStore, formatNoteKey((await ledgerSigner(keyFiles, origin, ledgerStore, devices)).key))
  const witnesses = policyFile === undefined ? null : new WitnessesInForce(ledgerKeys.current, ledgerStore, report, witnessTimeout)
  if (typeof policyFile === 'string') witnesses?.replace(readLedgerPolicy(policyFile, ledgerKeys.current))
  const ledger = new Ledger({
    store: ledgerStore,
    signer: async () => {
      const signer = await ledgerSigner(keyFiles, origin, ledgerStore, devices)
      if (witnesses !== null) witnesses.ledgerKey = formatNoteKey(signer.key)
      return signer
    },
    instance: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    clock,
    onFault: (error) =>
      report(
        error instanceof BailiwickError && error.code === 'LEDGER_DISOWNED'
          ? `nothing more is recorded: ${error.message}`
          : `the ledger's head could not be signed: ${String(error)}`,
      ),
    ...(witnesses === null ? {} : { witnesses }),
  })
  return {
    database,
    devices,
    witnesses,
    sessionStore,
    ledger,
    ledgerStore,
    cursors: new SqliteCursorStore(database),
    approvals: new Approvals({ store: approvalStore, ledger, clock, approverKey: approverKey.x }),
    sessions: new Sessions(sessionStore, ledger, clock),
    revocations: new Revocations(new SqliteRevocationStore(database), ledger, clock),
    tokenKeys: new FileTokenKeys(join(keys, 'gateway.key'), join(keys, 'gateway.past.json'), clock, devices),
    agentKeys: new AgentKeys(new SqliteAgentKeyStore(database), ledger, clock),
    ledgerKeys,
    ledgerKey: ledgerKeys.current,
    approverKey,
    erase: async (erasure) => {
      const payloads = await eraseSession(ledger, ledgerStore, erasure)
      await sessionStore.forgetRequest(erasure.session)
      await approvalStore.forgetSession(erasure.session)
      database.emptyLog()
      return payloads
    },
    close: async () => {
      await ledger.close()
      await devices.close()
      database.close()
    },
  }
}

/** The person at the keyboard, as the operating system knows them. */
export function currentUser(): string {
  return userInfo().username
}
