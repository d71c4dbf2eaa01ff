import { decide } from '../decide/decide.ts'
import type { Ancestor } from '../decide/decision-input.ts'
import { factPlan } from '../decide/facts/fact-plan.ts'
import { History } from '../decide/facts/history.ts'
import type { Occasion } from '../decide/facts/past-event.ts'
import { SessionUsage } from '../decide/session-usage.ts'
import { paramsHash } from '../decide/t0-identity.ts'
import { realPathsOf } from '../enforce/real-paths.ts'
import { SessionContract } from '../enforce/session-contract.ts'
import { usageOfEntry } from '../enforce/usage-of-entry.ts'
import type { DecisionEntry, LedgerEntry } from '../ledger/entry.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { entryAt, PastReader } from '../ledger/past-reader.ts'
import { readPayload } from '../ledger/read-payload.ts'
import { agentSubject, personSubject } from '../ledger/subject.ts'
import type { Decision } from '../model/decision.ts'
import type { FactValue, FactValues } from '../model/fact.ts'
import { isJsonObject } from '../model/json.ts'
import type { JsonObject } from '../model/json.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { Session } from '../model/session.ts'
import { factScopes } from '../model/vocabulary.ts'
import type { FactScope, Response, Tier } from '../model/vocabulary.ts'

/** How a call was answered, or would be. */
export interface Answer {
  readonly response: Response
  readonly tier: Tier
  readonly rule: string
  readonly reason: string
}

/** A recorded call beside what a ruleset makes of it. */
export interface ReplayedCall {
  readonly call: string
  readonly tool: string
  /** RFC 3339. */
  readonly time: string
  readonly was: Answer
  /** Null when the call cannot be judged again; {@link ReplayedCall.why} says why. */
  readonly now: Answer | null
  readonly why: string | null
  readonly changed: boolean
}

/**
 * Decides every call of a recorded session again, by another ruleset. Each is decided in the state that it met then: limits, labels
 * and facts are those of what really happened, so that one changed answer does not change those after it. A person's approval
 * counts as given again; paths are taken as they were written, since where links led is not recorded. Links that were cut or paused since count as whole.
 * @param family the sessions that it was delegated from and all that were delegated from these, each after its own: what they used up and met counts
 */
export async function replaySession(
  ruleset: Ruleset,
  session: Session,
  store: LedgerStore,
  family: readonly Session[],
): Promise<ReplayedCall[]> {
  const replay = new Replay(ruleset, session, store, family)
  const replayed: ReplayedCall[] = []
  for (const index of await replay.indices()) {
    const entry = await entryAt(store, index)
    if (entry === null) continue
    const own = entry.session === session.id
    if (own && entry.type === 'decision' && (await replay.isLastWord(entry, index))) replayed.push(await replay.decideAgain(entry, index))
    await replay.take(entry, index)
  }
  return replayed
}

class Replay {
  readonly #ruleset: Ruleset
  readonly #session: Session
  readonly #store: LedgerStore
  readonly #usage = new Map<string, SessionUsage>()
  /** The sessions that it was delegated from, outermost first. */
  readonly #ancestors: readonly Ancestor[]
  readonly #histories: Readonly<Record<FactScope, History>>
  readonly #reader: PastReader

  constructor(ruleset: Ruleset, session: Session, store: LedgerStore, family: readonly Session[]) {
    this.#ruleset = ruleset
    this.#session = session
    this.#store = store
    for (const { id, delegation } of family) this.#usage.set(id, new SessionUsage(this.#usage.get(delegation?.parent ?? '') ?? null))
    this.#ancestors = ancestorsOf(session, family).map((one) => ({ session: one, usage: this.#usageOf(one.id) }))
    const facts = [...ruleset.facts.values()]
    const histories = factScopes.map((over) => [over, new History(factPlan(facts, over))] as const)
    this.#histories = Object.fromEntries(histories) as unknown as Record<FactScope, History>
    this.#reader = new PastReader(store, (kind, tool) => histories.some(([, history]) => history.concerns(kind, tool)))
  }

  /** The entries of the session until its last, those of its family until then, and those of its agent and person that facts look back on, in order. */
  async indices(): Promise<readonly number[]> {
    const { id, agent, person } = this.#session
    const own = await this.#store.indicesOf(id)
    const indices = new Set(own)
    const end = (own.at(-1) ?? -1) + 1
    for (const member of this.#usage.keys()) for (const index of await this.#store.indicesOf(member)) if (index < end) indices.add(index)
    const subjects = [
      ...(this.#histories.agent.plan.facts.length === 0 ? [] : [agentSubject(agent)]),
      ...(this.#histories.person.plan.facts.length === 0 || person === null ? [] : [personSubject(person)]),
    ]
    for (const subject of subjects)
      for (const index of await this.#store.indicesOf(subject)) {
        const entry = index < end ? await entryAt(this.#store, index) : null
        if (entry?.type === 'decision') for (const other of await this.#store.indicesOf(entry.call)) if (other < end) indices.add(other)
      }
    return [...indices].sort((a, b) => a - b)
  }

  /** A call that waited for a person is decided twice; the last time counts. */
  async isLastWord({ call, response }: DecisionEntry, index: number): Promise<boolean> {
    if (response !== 'ask') return true
    for (const later of await this.#store.indicesOf(call, index)) if ((await entryAt(this.#store, later))?.type === 'decision') return false
    return true
  }

  async decideAgain(entry: DecisionEntry, index: number): Promise<ReplayedCall> {
    const { call, tool, time } = entry
    const was = answerOf(entry)
    const same = { call, tool, time, was }
    if (was.tier === 'T0' && was.response === 'deny')
      return { ...same, now: null, why: 'it was refused for its credential, which is not recorded', changed: false }
    if (was.rule === 'T1.own-files')
      return { ...same, now: null, why: 'it touched what governs the agent, and where its paths led is not recorded', changed: false }
    const args = await this.#arguments(entry, index)
    if (args === null) return { ...same, now: null, why: 'its arguments were erased, or are not those that were recorded', changed: false }
    const now = answerOf(this.#decision(entry, args))
    return { ...same, now, why: null, changed: now.response !== was.response }
  }

  /** Takes an entry in as past for those after it. */
  async take(entry: LedgerEntry, index: number): Promise<void> {
    const read = await this.#reader.read(entry, index)
    if (read !== null) {
      const { event, time, lost } = read
      if (event.kind === 'outcome') this.#reader.close(read.call)
      // Asked of the session that a person opened alone: no delegate is told of it.
      if (this.#usage.has(event.session)) this.#histories.session.note(event, time, lost)
      if (event.agent === this.#session.agent) this.#histories.agent.note(event, time, lost)
      if (event.person !== null && event.person === this.#session.person) this.#histories.person.note(event, time, lost)
    }
    const usage = this.#usage.get(entry.session ?? '')
    if (usage !== undefined) (await usageOfEntry(this.#store, index, entry))?.(usage)
  }

  #decision(entry: DecisionEntry, args: JsonObject): Decision {
    const session: Session = { ...this.#session, state: 'active' }
    const ancestors = this.#ancestors.map((one) => ({ ...one, session: { ...one.session, state: 'active' as const } }))
    const { id, agent, person, goal, params } = session
    const ruleset = this.#ruleset
    const now = Date.parse(entry.time)
    const occasion: Occasion = { session: id, agent, person, goal, params, tool: entry.tool, input: args }
    const contract = new SessionContract(
      ruleset,
      session,
      ancestors.map((one) => one.session),
    )
    const frames = contract.frames(entry.tool) ?? new Map()
    const livePin = entry.rule === 'T1.pin' ? entry.pin : (ruleset.tools.get(entry.tool)?.pin ?? null)
    return decide({
      call: { id: entry.call, tool: entry.tool, arguments: args, livePin, realPaths: realPathsOf(frames, args, false) },
      session,
      ancestors,
      usage: this.#usageOf(id),
      credential: {
        valid: true,
        tokenId: entry.token ?? '',
        agent,
        session: id,
        goal,
        paramsHash: paramsHash(params),
        expires: Number.MAX_SAFE_INTEGER,
      },
      facts: this.#facts(occasion, now),
      ruleset,
      approval: entry.approval?.id ?? null,
      now,
    })
  }

  #facts(occasion: Occasion, now: number): FactValues {
    const values: Record<string, FactValue> = {}
    for (const { name, over } of this.#ruleset.factsRead.get(occasion.tool) ?? []) {
      if (over === 'person' && occasion.person === null) continue
      // No delegate is told of these.
      if (over !== 'person' && this.#session.delegation !== undefined) continue
      const history = this.#histories[over]
      const value = history.value(history.plan.places.get(name) as number, occasion, now)
      if (value !== null) values[name] = value
    }
    return values
  }

  #usageOf(session: string): SessionUsage {
    const usage = this.#usage.get(session)
    if (usage === undefined) throw new Error(`the session \`${session}\` is not of this family`)
    return usage
  }

  async #arguments(entry: DecisionEntry, index: number): Promise<JsonObject | null> {
    const value = await readPayload(this.#store, index, entry.arguments.hash)
    return isJsonObject(value) ? value : null
  }
}

function ancestorsOf(session: Session, family: readonly Session[]): readonly Session[] {
  const above: Session[] = []
  for (let next: Session | undefined = session; next !== undefined;) {
    const parent: string | undefined = next.delegation?.parent
    next = family.find(({ id }) => id === parent)
    if (next !== undefined) above.unshift(next)
  }
  return above
}

function answerOf({ response, tier, rule, reason }: Answer): Answer {
  return { response, tier, rule, reason }
}
