import { callKey, decide, isObserved } from '../decide/decide.ts'
import type { Ancestor } from '../decide/decision-input.ts'
import { identityVerdict } from '../decide/t0-identity.ts'
import { lifetimeProblem } from '../decide/t4-behaviour.ts'
import { commit } from '../ledger/commitment.ts'
import type { EventEntry, OutcomeEntry } from '../ledger/entry.ts'
import type { ActionIdentity, Approval } from '../model/approval.ts'
import type { Call } from '../model/call.ts'
import type { Decision, Verdict } from '../model/decision.ts'
import { linkText } from '../model/lineage.ts'
import type { RealPaths } from '../model/path-frame.ts'
import { milliseconds } from '../model/quantity.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { Credential, Session } from '../model/session.ts'
import type { Occasion } from '../decide/facts/past-event.ts'
import type { Attempt, Performed, RunResult, Sight } from './attempt.ts'
import { CutOff } from './cut-off.ts'
import { cut, decisionEntry, longestName, longestReason } from './decision-entry.ts'
import { deny } from './denial.ts'
import { outputOf } from '../ledger/past-reader.ts'
import { SessionPast } from './facts/session-past.ts'
import { letsThrough } from '../model/vocabulary.ts'
import type { Effect } from '../model/vocabulary.ts'
import { fulfilmentOf } from './fulfilment.ts'
import type { Fulfilment } from './fulfilment.ts'
import { realPathsOf } from './real-paths.ts'
import type { Runtime } from './runtime.ts'
import type { FamilyPlace } from './session-families.ts'
import { SessionContract } from './session-contract.ts'
import { timedId } from './timed-id.ts'

const pollEvery = 250

/** A session under way: every call of its agent goes through {@link perform}, whichever enforcement point it came in by. */
export class GovernedSession {
  readonly runtime: Runtime
  readonly session: Session
  readonly #place: FamilyPlace
  readonly #past: SessionPast
  readonly #cutOff: CutOff
  readonly #unsettled = new Set<Promise<unknown>>()

  private constructor(runtime: Runtime, session: Session, place: FamilyPlace, past: SessionPast) {
    this.runtime = runtime
    this.session = session
    this.#place = place
    this.#past = past
    this.#cutOff = new CutOff(runtime, session)
  }

  /** Takes up a session where the ledger says it is: what it has used up, and what its facts look back on. To be closed when it ends here. */
  static async open(runtime: Runtime, session: Session): Promise<GovernedSession> {
    const place = await runtime.families.join(session)
    try {
      return new GovernedSession(runtime, session, place, await SessionPast.open(runtime.pasts, runtime.rules.current, session))
    } catch (error) {
      place.leave()
      throw error
    }
  }

  /** What the session may use under the ruleset in force now. Take it once for each request. */
  contract(): SessionContract {
    return this.contractUnder(this.runtime.rules.current)
  }

  /** The same under a ruleset that was taken before. */
  contractUnder(ruleset: Ruleset): SessionContract {
    return new SessionContract(
      ruleset,
      this.session,
      this.#place.ancestors.map((one) => one.session),
    )
  }

  /** Why the session is past its time, or one that it was delegated from; null when none is, or that binds nobody. */
  outlived({ goal, ruleset }: SessionContract): string | null {
    const chain = { session: this.session, ancestors: this.#place.ancestors }
    return goal === null || isObserved({ ...chain, ruleset }) ? null : lifetimeProblem(goal.limits, chain, this.runtime.clock())
  }

  /** Counts the bytes of what an agent is given against the limits of the contract and of what was delegated, if they fit. Returns null then, else how many would have fitted, and counts nothing. */
  takeBytes(bytes: number, { resultBytes }: SessionContract): number | null {
    const { usage, ancestors } = this.#place
    const used = [...ancestors.map((one) => one.usage.resultBytes), usage.resultBytes]
    const left = Math.min(
      ...resultBytes.map((most, index) => (most === null ? Number.POSITIVE_INFINITY : Math.max(0, most - (used[index] ?? 0)))),
    )
    if (bytes > left) return left
    usage.finished({ bytes, labels: [] })
    return null
  }

  /**
   * Decides a call, records the decision durably, carries the call out if it may be, and records the outcome.
   * @throws BailiwickError `STORE_FAILED` when the decision could not be recorded; nothing was carried out then
   */
  perform<T>(attempt: Attempt<T>): Promise<Performed<T>> {
    const performed = this.#perform(attempt)
    this.#settle(performed)
    return performed
  }

  async #perform<T>(attempt: Attempt<T>): Promise<Performed<T>> {
    const id = timedId('call', this.runtime.clock())
    const args = commit(attempt.arguments)
    let sight = await this.#look(id, attempt)
    let decision = this.#decide(sight, null)
    let approval: Approval | null = null
    let waitedFor: string | null = null
    if (decision.response === 'ask') {
      const answer = await this.#seekApproval(sight, attempt, decision, args)
      waitedFor = answer.waitedFor
      // Much can happen while a person thinks: the rules, the tool, and the links on the way to a file are looked at anew.
      const asked = sight.ruleset.digest
      const replaced = this.runtime.rules.current.digest !== asked && !attempt.signal.aborted
      if (answer.approval !== null || replaced) sight = await this.#look(id, attempt)
      if (sight.ruleset.digest !== asked) {
        decision = this.#decide(sight, null)
        if (decision.response === 'ask')
          decision = deny(
            decision,
            'T3.approval',
            'the rules changed while a person was waited for; the same call, made again, asks anew under the new ones',
          )
      } else if (answer.approval === null) decision = deny(decision, 'T3.approval', answer.reason)
      else {
        approval = answer.approval
        const refused = await this.#useApproval(sight, attempt, approval)
        // Decided in the same turn as it is counted: what other calls were let through meanwhile counts against the limits.
        decision = refused ?? this.#decide({ ...sight, ...(await this.#current()), credential: await attempt.credential() }, approval.id)
      }
    }
    const fulfilment = this.#fulfil(sight, attempt, decision)
    if ('response' in fulfilment) decision = fulfilment
    this.#count(sight.call, decision)
    const used = letsThrough(decision.response) ? approval : null
    if ('response' in fulfilment) {
      await this.#record(sight, attempt, decision, args, { approval: used, waitedFor })
      return { kind: 'denied', call: id, decision }
    }
    const performed = fulfilment.arguments === attempt.arguments ? null : commit(fulfilment.arguments)
    await this.#record(sight, attempt, decision, args, { approval: used, waitedFor }, performed)
    const lost = await this.#cutOff.lastLink(sight.credential)
    if (lost !== null) {
      const reason = `${linkText(lost)} was revoked before the call could be carried out`
      await this.#close(id, { status: 'cancelled', error: reason, recorded: null, bytes: 0 })
      return { kind: 'denied', call: id, decision: deny(decision, 'T0.revoked', reason, 'T0') }
    }
    const value = await this.#run(sight, attempt, decision, fulfilment)
    return { kind: 'done', call: id, decision, value, redacted: fulfilment.sanitiser?.counts ?? {} }
  }

  /** What T0 says, under a ruleset, to a request that is not a call, such as one for the list of tools; `effect` is what it does besides telling what there is. */
  async identify(credential: Credential, ruleset: Ruleset, effect: Effect | null = null): Promise<Verdict> {
    const revoked = await this.#cutOff.link(credential)
    const chain = await this.#current()
    return identityVerdict({
      call: null,
      effect,
      credential,
      ...chain,
      ruleset,
      now: this.runtime.clock(),
      ...(revoked === null ? {} : { revoked }),
    })
  }

  /** Puts something that is not a call into the ledger. */
  async note(event: EventEntry['event'], subject: string, detail: string): Promise<void> {
    await this.runtime.ledger.append({
      type: 'event',
      event,
      session: this.session.id,
      subject: cut(subject, longestName),
      detail: cut(detail, longestReason),
    })
  }

  /** Waits until every call of this session has ended and its outcome is in the ledger. */
  async settled(): Promise<void> {
    while (this.#unsettled.size > 0) await Promise.allSettled(this.#unsettled)
  }

  /** Waits likewise, and lets go of the session. */
  async close(): Promise<void> {
    await this.settled()
    this.#past.close()
    this.#place.leave()
  }

  /** Remembers work until it has ended, well or not: who started it hears of that, {@link settled} only waits. */
  #settle(work: Promise<unknown>): void {
    this.#unsettled.add(work)
    const end = (): boolean => this.#unsettled.delete(work)
    work.then(end, end)
  }

  /** Looks at everything under the ruleset in force, and once more when that was replaced while it looked. */
  async #look(id: string, attempt: Attempt<unknown>): Promise<Sight> {
    const { rules } = this.runtime
    for (;;) {
      const ruleset = rules.current
      const livePin = await attempt.livePin(ruleset)
      const credential = await attempt.credential()
      await this.#place.catchUp()
      const chain = await this.#current()
      await this.#past.catchUp(ruleset, attempt.tool)
      if (rules.current !== ruleset) continue
      const call: Call = {
        id,
        tool: cut(attempt.tool, longestName),
        arguments: attempt.arguments,
        livePin,
        realPaths: this.#realPaths(attempt, ruleset),
      }
      const revoked = await this.#cutOff.link(credential)
      return { ruleset, call, ...chain, credential, ...(revoked === null ? {} : { revoked }) }
    }
  }

  #realPaths(attempt: Attempt<unknown>, ruleset: Ruleset): RealPaths {
    const frames = this.contractUnder(ruleset).frames(attempt.tool)
    const tool = ruleset.tools.get(attempt.tool)
    const pathSinks = Object.entries(tool?.declaration.sinks ?? {}).filter(([, sink]) => sink === 'path')
    return realPathsOf(frames ?? new Map(), attempt.arguments, attempt.local, {
      arguments: pathSinks.map(([argument]) => argument),
      own: ruleset.own,
      cwd: ruleset.toolboxes.get(tool?.toolbox ?? '')?.server.cwd ?? ruleset.base,
    })
  }

  /** The session, and those that it was delegated from, in the states that they are in. */
  async #current(): Promise<{ readonly session: Session; readonly ancestors: readonly Ancestor[] }> {
    const now = async (session: Session): Promise<Session> => {
      const state = await this.runtime.sessionStore.state(session.id)
      return { ...session, state: state ?? 'revoked' }
    }
    const ancestors: Ancestor[] = []
    for (const { session, usage } of this.#place.ancestors) ancestors.push({ session: await now(session), usage })
    return { session: await now(this.session), ancestors }
  }

  #decide(sight: Sight, approval: string | null): Decision {
    const now = this.runtime.clock()
    const facts = this.#past.values(sight.ruleset, this.#occasion(sight.call), now)
    return decide({ ...sight, usage: this.#place.usage, facts, approval, now })
  }

  /** What is to be done for a decision; the decision, or the one that takes its place, when nothing is. */
  #fulfil(sight: Sight, attempt: Attempt<unknown>, decision: Decision): Fulfilment | Decision {
    if (!letsThrough(decision.response)) return decision
    return fulfilmentOf(decision, sight, (args) => this.#realPaths({ ...attempt, arguments: args }, sight.ruleset))
  }

  /** Uses an approval up if the call could go through with it. Returns the denial otherwise. */
  async #useApproval(sight: Sight, attempt: Attempt<unknown>, approval: Approval): Promise<Decision | null> {
    const decision = this.#decide(sight, approval.id)
    const fulfilment = this.#fulfil(sight, attempt, decision)
    if ('response' in fulfilment) return fulfilment
    // Usable once, and that once is now: a second call racing for it finds it gone.
    if (await this.runtime.approvals.use(approval)) return null
    return deny(decision, 'T3.approval', 'the approval was used or has expired meanwhile')
  }

  #occasion(call: Call): Occasion {
    const { id: session, agent, person, goal, params } = this.session
    return { session, agent, person, goal, params, tool: call.tool, input: call.arguments }
  }

  #count(call: Call, decision: Decision): void {
    const now = this.runtime.clock()
    const { response, facts } = decision
    this.#past.note(call.id, { ...this.#occasion(call), kind: 'call', response, facts }, now)
    this.#place.usage.decided({
      key: callKey(call.tool, call.arguments),
      tool: call.tool,
      allowed: letsThrough(decision.response),
      now,
    })
  }

  /** Waits for a person, at most for as long as the ruleset stays in force that the question was asked under. */
  async #seekApproval(sight: Sight, attempt: Attempt<unknown>, asked: Decision, args: ReturnType<typeof commit>): Promise<Answer> {
    const { approvals, rules } = this.runtime
    const { call, ruleset } = sight
    const action: ActionIdentity = {
      tool: call.tool,
      pin: call.livePin,
      arguments: call.arguments,
      agent: this.session.agent,
      goal: this.session.goal,
      session: this.session.id,
      policyDigest: ruleset.digest,
    }
    const given = await approvals.given(action)
    if (given !== null) return { approval: given, reason: '', waitedFor: null }
    const { id } = await approvals.ask(action, asked.reason, milliseconds(ruleset.manifest.approvals.expires))
    await this.#record(sight, attempt, asked, args, { approval: null, waitedFor: id })
    const none = (reason: string): Answer => ({ approval: null, reason, waitedFor: id })
    for (;;) {
      const approval = await approvals.find(id)
      if (approval.state === 'approved') {
        const genuine = await approvals.given(action)
        return genuine === null ? none('the approval is not signed by the approver') : { approval: genuine, reason: '', waitedFor: id }
      }
      if (approval.state === 'denied') return none(`${approval.approver ?? 'a person'} has refused this`)
      if (approval.state !== 'pending') return none(`nobody approved this within ${ruleset.manifest.approvals.expires}`)
      if (attempt.signal.aborted)
        return none(`given up while waiting for the approval \`${id}\`; the same call, made again, takes up the answer`)
      if (rules.current.digest !== ruleset.digest) return none('the rules changed while a person was waited for')
      await attempt.onWaiting(approval)
      await pause(pollEvery, attempt.signal)
    }
  }

  async #record(
    sight: Sight,
    attempt: Attempt<unknown>,
    decision: Decision,
    args: ReturnType<typeof commit>,
    oversight: { readonly approval: Approval | null; readonly waitedFor: string | null },
    performed: ReturnType<typeof commit> | null = null,
  ): Promise<void> {
    await this.runtime.ledger.append(
      decisionEntry({
        sight,
        point: attempt.point,
        decision,
        usage: this.#place.usage,
        ...oversight,
        arguments: args.commitment,
        performed: performed?.commitment ?? null,
      }),
      [args.payload, ...(performed === null ? [] : [performed.payload])],
    )
  }

  /** Records what came of a call. */
  async #close(
    call: string,
    { status, error, recorded, bytes, credentials }: Omit<RunResult<unknown>, 'value'>,
    of: Pick<OutcomeEntry, 'milliseconds' | 'labels' | 'redacted'> = { milliseconds: 0, labels: [] },
  ): Promise<void> {
    const { commitment, payload } = commit(recorded)
    const shortened = error === null ? null : cut(error, longestReason)
    const entry = { type: 'outcome', call, session: this.session.id, status, error: shortened, result: commitment, bytes, ...of } as const
    const whole = credentials === undefined ? entry : ({ ...entry, credentials, v: 2 } as const)
    await this.runtime.ledger.append(whole, [payload], { patient: true })
  }

  async #run<T>({ call, ruleset, credential }: Sight, attempt: Attempt<T>, decision: Decision, fulfilment: Fulfilment): Promise<T> {
    const started = performance.now()
    const contract = this.contractUnder(ruleset)
    const result = await this.#cutOff.during(credential, attempt.signal, (signal, lost) =>
      attempt.run(call.id, contract, fulfilment, signal, lost),
    )
    // What came of it elsewhere may have brought what the tool brings.
    const labels = result.status === 'ok' || result.status === 'error' || result.status === 'unknown' ? decision.labels : []
    this.#place.usage.finished({ bytes: 0, labels })
    const outcome = this.#close(call.id, result, {
      milliseconds: Math.round(performance.now() - started),
      labels,
      ...(fulfilment.sanitiser === null ? {} : { redacted: fulfilment.sanitiser.counts }),
    })
      // The agent has its result by now; a store that cannot keep the outcome fails the next decision as well.
      .catch((error: unknown) => this.runtime.report(`the outcome of ${call.id} could not be recorded: ${String(error)}`))
    this.#settle(outcome)
    const { response, facts } = decision
    const { status, recorded } = result
    const past = {
      ...this.#occasion(call),
      kind: 'outcome',
      response,
      facts,
      status,
      labels,
      output: this.#past.concerns('outcome', call.tool) ? outputOf(recorded) : null,
    } as const
    this.#past.note(call.id, past, this.runtime.clock())
    return result.value
  }
}

/** What came of the question whether a person approves, and the approval that was waited for, if any was. */
type Answer =
  | { readonly approval: Approval; readonly reason: ''; readonly waitedFor: string | null }
  | { readonly approval: null; readonly reason: string; readonly waitedFor: string }

function pause(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, time)
    signal.addEventListener('abort', done)
  })
}
