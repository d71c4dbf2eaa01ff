import type { TokenKeys } from '../../authority/token-keys.ts'
import type { CursorStore } from '../../ledger/export/cursor-store.ts'
import type { ExportRecord } from '../../ledger/export/export-record.ts'
import { SinkLoop } from '../../ledger/export/sink-loop.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { canonicalJson } from '../../model/json.ts'
import { sinkName } from '../../model/export.ts'
import type { SinkDeclaration } from '../../model/export.ts'
import type { Manifest } from '../../model/manifest.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { openSink } from './open-sink.ts'
import { usualPatience } from './security-event-sink.ts'

const longestDetail = 1000
const recordEvery = 60_000

export interface ExportStreamsOptions {
  readonly store: LedgerStore
  readonly cursors: CursorStore
  readonly ledger: Ledger
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly report: (line: string) => void
  /** What security events are signed with. */
  readonly tokenKeys: Pick<TokenKeys, 'current'>
  /** How long security events are tried again that their receiver refuses, in milliseconds; an hour unless given. */
  readonly patience?: number
}

/** Sends the ledger to the sinks that the rules declare, each by a loop of its own, while a process runs. */
export class ExportStreams {
  readonly #options: ExportStreamsOptions
  readonly #recorded = new Map<string, number>()
  #loops: readonly SinkLoop[] = []
  #declared = '[]'
  #turn: Promise<void> = Promise.resolve()

  constructor(options: ExportStreamsOptions) {
    this.#options = options
  }

  /** Sends to these sinks from now on and to no others. @throws BailiwickError `SECRET_MISSING`, and leaves things as they were */
  async use({ manifest, base }: Pick<Ruleset, 'manifest' | 'base'>): Promise<void> {
    const sinks = manifest.export ?? []
    const declared = canonicalJson(sinks)
    if (declared === this.#declared) return
    const loops: SinkLoop[] = []
    for (const sink of sinks) loops.push(await this.#loop(sink, manifest, base))
    await this.#stopAll()
    this.#declared = declared
    this.#loops = loops
    for (const loop of loops) loop.start()
  }

  /** The same in the background, after what was asked for before; a secret that is missing is reported, and what ran goes on. */
  follow(ruleset: Pick<Ruleset, 'manifest' | 'base'>): void {
    this.#turn = this.#turn
      .then(() => this.use(ruleset))
      .catch((error: unknown) => this.#options.report(`the sinks of the new rules are not used: ${textOf(error)}`))
  }

  /** Ends what is under way, and notes how far each sink came. */
  async stop(): Promise<void> {
    await this.#turn
    await this.#stopAll()
  }

  async #stopAll(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()))
    this.#loops = []
  }

  async #loop(declaration: SinkDeclaration, { trustDomain, http }: Manifest, base: string): Promise<SinkLoop> {
    const { store, cursors, environment, report, tokenKeys: keys, patience = usualPatience } = this.#options
    const name = sinkName(declaration)
    const { labels, responses, agents, types, from } = declaration
    let failing = false
    let gaveUp = false
    return new SinkLoop({
      name,
      sink: await openSink(declaration, base, environment, {
        issuer: http.publicUrl ?? '',
        trustDomain,
        keys,
        patience,
        giveUp: async (record, refusal) => {
          await this.#giveUp(name, record, refusal)
          gaveUp = true
        },
      }),
      store,
      cursors,
      selection: { labels, responses, agents, types: declaration.securityEvents === undefined ? types : ['revocation'] },
      from,
      onFault: (error) => {
        if (failing) return
        failing = true
        gaveUp = false
        report(`the export to ${name} fails, and is tried again: ${textOf(error)}`)
        this.#record(name, textOf(error))
      },
      onRecovery: () => {
        failing = false
        // What was given up does not block any more, which is not to say that it works.
        if (!gaveUp) report(`the export to ${name} works again`)
      },
    })
  }

  /** That a receiver will never know of a revocation is for a person to look at: it is on disk before anything else is told. */
  async #giveUp(name: string, { index }: ExportRecord, refusal: string): Promise<void> {
    const detail = `the revocation of entry ${index} was refused and is not told again: ${refusal}`
    await this.#options.ledger.append({ type: 'event', event: 'alert', session: null, subject: `export ${name}`, detail })
    this.#options.report(`the export to ${name} gave up an entry: ${detail}`)
  }

  /** At most once a minute for each sink: an entry is itself exported, and must not make another. */
  #record(name: string, fault: string): void {
    const last = this.#recorded.get(name)
    if (last !== undefined && performance.now() - last < recordEvery) return
    this.#recorded.set(name, performance.now())
    const { ledger, report } = this.#options
    const detail = fault.slice(0, longestDetail).toWellFormed()
    ledger
      .append({ type: 'event', event: 'upstream', session: null, subject: `export ${name}`, detail })
      .catch((error: unknown) => report(`that the export to ${name} fails could not be recorded: ${textOf(error)}`))
  }
}

/** What a fault says, with the causes that say more. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error && cause.message !== '' ? `${error.message}: ${cause.message}` : error.message
}
