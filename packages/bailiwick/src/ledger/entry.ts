import type { Decision, Verdict } from '../model/decision.ts'
import type { FactValues } from '../model/fact.ts'
import type { JsonObject } from '../model/json.ts'
import type { RevocableKind } from '../model/lineage.ts'
import type { IdentityProofs, SessionState } from '../model/session.ts'
import type { AarmName, ModelStatus, OutcomeStatus, Response, Tier, WireFormat } from '../model/vocabulary.ts'
import type { Commitment } from './commitment.ts'

interface EntryBase {
  /** Version of the form of its type; `form/entry-forms.ts` has them all. */
  readonly v: 1
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string
  /** The gateway process that wrote it. */
  readonly instance: string
  /**
   * Of an entry about a session: the leaf hash (RFC 6962) of the session's entry before it, in hex; 64 zeros for the first. So a session can be exported
   * and checked alone. Absent from entries of earlier builds.
   */
  readonly previous?: string
}

/**
 * First half of a receipt, durable before the tool runs: who wanted what, and how it was decided. Version 3 has every member. A call that waits for a
 * person has two, with the same `call`: the `ask`, and what was decided in the end. The service that decided is `point` of `instance`, under the trust
 * domain of `agentId`; what the agent's contract let it use is fixed by `policyDigest`, `goal` and `params`.
 */
export interface DecisionEntry extends Omit<EntryBase, 'v'> {
  readonly v: 1 | 2 | 3
  readonly type: 'decision'
  readonly call: string
  readonly point: string
  readonly session: string
  readonly agent: string
  /** `spiffe://<trust domain>/agent/<name>`. Absent from version 1. */
  readonly agentId?: string
  readonly person: string | null
  readonly goal: string
  readonly params: JsonObject
  readonly token: string | null
  readonly tool: string
  readonly pin: string | null
  /** The arguments as they were asked for. */
  readonly arguments: Commitment
  /** The arguments as the tool got them; null when they are the same. Absent from entries of earlier builds. */
  readonly performed?: Commitment | null
  readonly policyDigest: string
  readonly response: Response
  readonly aarm: AarmName
  readonly tier: Tier
  readonly rule: string
  readonly reason: string
  readonly observed: Response | null
  readonly verdicts: readonly Verdict[]
  readonly policies: readonly string[]
  /** Controls that those policies put into effect. Absent from entries of earlier builds. */
  readonly controls?: readonly string[]
  readonly severity: Decision['severity']
  /** What the facts were that the decision could look at. Entries of versions before facts do not have it. */
  readonly facts?: FactValues
  /** Labels that the session held when this was decided. */
  readonly labels: readonly string[]
  /**
   * The approval that the call waits for, and in its last decision the one that it waited for, whatever came of that: given, refused, expired or given up.
   * Null when it did not wait, be it that an answer was there already. Absent from version 1.
   */
  readonly waitedFor?: string | null
  /**
   * Of a session that was delegated: each session that handed part of its authority on, its agent and the delegation's id, outermost first; empty for a
   * session that a person opened. Absent from versions 1 and 2.
   */
  readonly delegation?: readonly { readonly session: string; readonly agent: string; readonly id: string }[]
  /** The approval that the call is let through with, and uses up. */
  readonly approval: { readonly id: string; readonly hash: string; readonly approver: string; readonly signature: string } | null
}

/** What a toolbox was lent for a call, by name: the value is nowhere. */
export interface LentCredential {
  /** As the manifest has it: `<toolbox>.env.<variable>`, `<toolbox>.headers.<header>` or `<toolbox>.credential`. */
  readonly name: string
  /** Of a token that was asked for; null where there were none to ask for. */
  readonly scopes: readonly string[] | null
  /** On behalf of whom a token was exchanged; null for what is the gateway's own. */
  readonly person: string | null
}

/**
 * Second half of a receipt: what came of a call that was let through. `unknown` closes a call that a crash left open, or that an enforcement point elsewhere carries out. Version 2 is of a call for which
 * its toolbox was lent something.
 */
export interface OutcomeEntry extends Omit<EntryBase, 'v'> {
  readonly v: 1 | 2
  readonly type: 'outcome'
  readonly call: string
  readonly session: string
  readonly status: OutcomeStatus
  readonly error: string | null
  readonly result: Commitment | null
  readonly bytes: number
  readonly milliseconds: number
  /** Labels that the result carried into the session. */
  readonly labels: readonly string[]
  /** Of a sanitised call: how often what was taken out, by path and kind. */
  readonly redacted?: Readonly<Record<string, number>>
  /** What the toolbox was lent; absent from version 1. */
  readonly credentials?: readonly LentCredential[]
}

/** Which call of a model an entry is about. Names are those of the OpenTelemetry conventions for generative AI where there is one, in camel case. */
interface ModelCall {
  readonly type: 'model'
  /** The call's own id, `model_…`, which its two halves share. */
  readonly modelCall: string
  readonly session: string
  readonly agent: string
  readonly person: string | null
  readonly goal: string
  readonly operationName: 'chat'
  /** Such as `openai` or `anthropic`. */
  readonly providerName: string
  readonly serverAddress: string
  readonly serverPort: number
  readonly wireFormat: WireFormat
  /** The model that was asked for; null when the request leaves that to the provider. */
  readonly requestModel: string | null
  /** Whether the answer was wanted as a stream. */
  readonly requestStream: boolean
}

/**
 * First half of a call of a model, durable before the request is forwarded. It is an entry of its own because a prompt cannot be unsent: whatever
 * becomes of the process, what was about to leave it is known.
 */
export interface ModelAskedEntry extends EntryBase, ModelCall {
  readonly event: 'asked'
  /** The request's body as JSON. */
  readonly prompt: Commitment
}

/** Second half of a call of a model: what came of it. What the provider did not say is null, or an empty list. */
export interface ModelAnsweredEntry extends EntryBase, ModelCall {
  readonly event: 'answered'
  readonly status: ModelStatus
  /** Of the provider's answer; null when there was none. */
  readonly httpStatusCode: number | null
  readonly error: string | null
  /** The model that answered, in the version that the provider names. */
  readonly responseModel: string | null
  readonly responseId: string | null
  readonly finishReasons: readonly string[]
  /** All tokens that went in, whether they were read from a cache, written to it or neither. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cacheReadInputTokens: number | null
  readonly cacheCreationInputTokens: number | null
  /** The tools that the answer asks for, each once; the first 32. */
  readonly toolNames: readonly string[]
  /** The answer's body as the agent got it: as JSON where it is JSON, or else its text, such as a stream of events; null when there was none. */
  readonly response: Commitment | null
  readonly milliseconds: number
}

/** Version 2 is of the opening of a session that was delegated, version 3 of one whose agent or person proved who they are. */
export interface SessionEntry extends Omit<EntryBase, 'v'> {
  readonly v: 1 | 2 | 3
  readonly type: 'session'
  readonly session: string
  readonly event: 'opened' | 'resumed' | Exclude<SessionState, 'active'>
  readonly agent: string
  readonly person: string | null
  readonly goal: string
  readonly params: JsonObject
  readonly request: Commitment | null
  /** Who brought it about: the gateway, or a user of the command line. */
  readonly by: string
  readonly policyDigest: string | null
  /** By what they did. Version 3 alone has it. */
  readonly proofs?: IdentityProofs
  /** From which session it was delegated, and the part of that session's authority. Version 2 alone has it. */
  readonly delegation?: { readonly id: string; readonly parent: string; readonly part: Commitment }
}

export interface ApprovalEntry extends EntryBase {
  readonly type: 'approval'
  readonly approval: string
  readonly event: 'asked' | 'approved' | 'denied' | 'expired'
  readonly hash: string
  readonly session: string
  readonly tool: string
  readonly approver: string | null
  readonly signature: string | null
  readonly rationale: string | null
}

/**
 * Anything else worth keeping: a tool withheld, a request refused, a toolbox that failed, an alert that a person should look at. `rules` is what earlier builds
 * wrote where there is an entry of the type `configuration` now.
 */
export interface EventEntry extends EntryBase {
  readonly type: 'event'
  readonly event: 'withheld' | 'refused' | 'completion' | 'rules' | 'upstream' | 'alert'
  readonly session: string | null
  readonly subject: string
  readonly detail: string
}

/** How one kind of content of a ruleset differs from that of the ruleset before. */
export interface Changes {
  /** How many there are. */
  readonly count: number
  /** How many are new, gone or otherwise; null when the ruleset before, or what it held, is not known. */
  readonly changed: number | null
  /** The first 50 of these by name, each cut to 128 characters. */
  readonly names: readonly string[]
}

interface ConfigurationEntry extends EntryBase {
  readonly type: 'configuration'
  readonly session: null
}

/** A ruleset came into force in a process. */
export interface RulesetEntry extends ConfigurationEntry {
  readonly event: 'ruleset'
  readonly policyDigest: string
  /**
   * The ruleset before: in this process, or, when the process begins with this one, the one that the ledger saw come into force last. Null when there
   * is none.
   */
  readonly before: string | null
  readonly pins: Changes
  readonly policies: Changes
  /** The pin of each tool and the digest of each policy: `{ pins: { <toolbox.tool>: … }, policies: { <id>: … } }`. */
  readonly contents: Commitment
}

/** A trust policy, which names the ledger's witnesses, came into force in a process; null stands for none. */
export interface TrustPolicyEntry extends ConfigurationEntry {
  readonly event: 'trust-policy'
  readonly trustDigest: string | null
  /** The one before in this process. */
  readonly before: string | null
}

/** The key that heads are signed with was replaced: those that cover this entry are signed with the next one. */
export interface LedgerKeyEntry extends ConfigurationEntry {
  readonly event: 'ledger-key'
  /** The key that was replaced, and the one in its place, as verifier keys (C2SP signed-note). */
  readonly from: string
  readonly to: string
  /** A signed note (C2SP) that names both, by both: so the one leads to the other, whichever is trusted. */
  readonly statement: string
  /** A user of the command line. */
  readonly by: string
  readonly reason: string
}

/** The key that tokens are signed with was replaced. */
export interface TokenKeyEntry extends ConfigurationEntry {
  readonly event: 'token-key'
  /** Thumbprints (RFC 7638) of the key that was replaced, and of the one in its place. */
  readonly from: string
  readonly to: string
  /** How long tokens of the one before are taken: RFC 3339. */
  readonly until: string
  /** A user of the command line. */
  readonly by: string
}

/** What would have come into force was refused. */
export interface RefusedConfigurationEntry extends ConfigurationEntry {
  readonly event: 'refused'
  /** Of the ruleset that stays in force. */
  readonly policyDigest: string
  /** Why, problem by problem. */
  readonly detail: string
}

/** An inventory of agents, tools and servers, taken on request. What it held is a payload, to tell later what has drifted. */
export interface InventoryEntry extends EntryBase {
  readonly type: 'inventory'
  readonly session: null
  readonly agents: number
  readonly tools: number
  readonly servers: number
  /** How many findings there were, by kind. */
  readonly findings: Readonly<Record<string, number>>
  /** Each item by its name, in canonical JSON. */
  readonly items: Commitment
}

/** What evaluation suites, red team or fuzzing came to under a ruleset, or a scheduled verification of the ledger itself. What was found is a payload. */
export interface EvaluationEntry extends EntryBase {
  readonly type: 'evaluation'
  readonly session: null
  readonly kind: 'suites' | 'redteam' | 'fuzz' | 'ledger'
  readonly policyDigest: string
  readonly ok: boolean
  /** Of a verification, the entries that were looked at. */
  readonly passed: number
  /** Of a verification, the problems. */
  readonly failed: number
  readonly results: Commitment
}

/** What a session's entries commit to was erased: its keys were destroyed after this. */
export interface ErasureEntry extends EntryBase {
  readonly type: 'erasure'
  readonly session: string
  /** A user of the command line, or `retention`. */
  readonly by: string
  readonly reason: string
}

/** A public key that an agent is known by was registered, or is to be taken until a time only. */
export interface AgentKeyEntry extends EntryBase {
  readonly type: 'agent-key'
  readonly session: null
  readonly event: 'registered' | 'expires'
  readonly agent: string
  /** RFC 7638. */
  readonly thumbprint: string
  /** RFC 3339; null for a key that is taken until further notice. */
  readonly until: string | null
  /** A user of the command line. */
  readonly by: string
}

/** A link that calls descend from was cut, or a cut taken back: whatever descends from it makes no further call while it is. */
export interface RevocationEntry extends EntryBase {
  readonly type: 'revocation'
  readonly event: 'revoked' | 'lifted'
  readonly kind: RevocableKind
  readonly id: string
  /** Of a session that was revoked, itself. */
  readonly session: string | null
  /** A user of the command line, or who announced it. */
  readonly by: string
  readonly reason: string
}

export type LedgerEntry =
  | DecisionEntry
  | OutcomeEntry
  | ModelAskedEntry
  | ModelAnsweredEntry
  | SessionEntry
  | ApprovalEntry
  | EventEntry
  | RulesetEntry
  | TrustPolicyEntry
  | LedgerKeyEntry
  | TokenKeyEntry
  | RefusedConfigurationEntry
  | InventoryEntry
  | EvaluationEntry
  | ErasureEntry
  | RevocationEntry
  | AgentKeyEntry

type Stamp = 'v' | 'time' | 'instance' | 'previous'
type Unstamped<E> = E extends EntryBase ? Omit<E, Stamp> : never
/** A decision before the ledger stamps it. */
export type NewDecision = Required<Omit<DecisionEntry, Stamp>> & { readonly v: 3 }
type FirstOutcome = Omit<OutcomeEntry, Stamp | 'credentials'>
type NewOutcome = FirstOutcome | (FirstOutcome & Required<Pick<OutcomeEntry, 'credentials'>> & { readonly v: 2 })
type FirstSession = Omit<SessionEntry, Stamp | 'delegation' | 'proofs'>
type NewSession =
  | FirstSession
  | (FirstSession & Required<Pick<SessionEntry, 'delegation'>> & { readonly v: 2 })
  | (FirstSession & Required<Pick<SessionEntry, 'proofs'>> & { readonly v: 3 })
/** An entry before the ledger stamps it. One of a later version than the first says which. */
export type NewEntry = Unstamped<LedgerEntry> | NewDecision | NewOutcome | NewSession
