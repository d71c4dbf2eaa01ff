import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { resolve } from 'node:path'
import { alertOf } from '../evals/report/alert.ts'
import type { Runtime } from '../enforce/runtime.ts'
import { milliseconds } from '../model/quantity.ts'
import { stateFolder } from './installation.ts'
import type { Locations } from './installation.ts'
import { inShort, ledgerReportIn, LedgerSoundness } from './ledger-soundness.ts'

/** Checks of the rules, which are carried out anew when others come into force. */
const kindsOfRules = ['redteam', 'suites'] as const
type KindOfRules = (typeof kindsOfRules)[number]
const kinds = ['ledger', ...kindsOfRules] as const
type Kind = (typeof kinds)[number]

const commands: Readonly<Record<Kind, readonly string[]>> = {
  ledger: ['log', 'verify'],
  redteam: ['redteam', '--no-save', '--ledger'],
  suites: ['eval', '--ledger'],
}
const lookEvery = 1000
const longestDetail = 1000

/**
 * Has the ledger verified, the rules in force attacked, and the suites run, as often as the manifest's `schedule` says, the latter two also soon after the
 * rules were replaced. Each check is a process of its own with a lower priority, so that no decision waits for it. Its result is an entry of the ledger;
 * where that is worse than the last one, an alert is recorded and reported.
 */
export class ScheduledChecks {
  readonly #locations: Locations
  readonly #runtime: Runtime
  readonly #soundness: LedgerSoundness
  /** When a check of a kind was carried out last. */
  readonly #begun = new Map<Kind, number>()
  readonly #broken = new Set<Kind>()
  #timer: NodeJS.Timeout | null = null
  #child: ChildProcess | null = null
  #turn: Promise<void> = Promise.resolve()
  #busy = false
  #unfollow: () => void = () => {}

  constructor(locations: Locations, runtime: Runtime) {
    this.#locations = locations
    this.#runtime = runtime
    this.#soundness = new LedgerSoundness(runtime)
  }

  /** Begins, with a first check of each kind at once. */
  start(): void {
    this.#unfollow = this.#runtime.rules.follow(() => {
      for (const kind of kindsOfRules) this.#begun.delete(kind)
    })
    this.#timer = setInterval(() => {
      if (!this.#busy) this.#turn = this.#look()
    }, lookEvery)
    this.#timer.unref()
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#unfollow()
    this.#child?.kill()
    await this.#turn
  }

  async #look(): Promise<void> {
    this.#busy = true
    try {
      const { schedule } = this.#runtime.rules.current.manifest
      for (const kind of kinds) {
        const every = schedule[kind]
        if (every === undefined || this.#timer === null) continue
        const now = performance.now()
        if (now < (this.#begun.get(kind) ?? -Infinity) + milliseconds(every)) continue
        this.#begun.set(kind, now)
        await (kind === 'ledger' ? this.#verify() : this.#check(kind))
      }
    } catch (error) {
      this.#runtime.report(`a scheduled check could not be recorded: ${String(error)}`)
    } finally {
      this.#busy = false
    }
  }

  async #check(kind: KindOfRules): Promise<void> {
    const { code, output } = await this.#run(commands[kind])
    // Stopped on the way.
    if (this.#timer === null) return
    if (code !== 0 && code !== 1 && !output.includes('"entry":')) return this.#cannot(kind, output)
    const again = this.#broken.delete(kind)
    const alert = await alertOf(this.#runtime.ledgerStore, kind)
    if (alert !== null) await this.#alert(kind, `${alert}: ${alert === 'closed' ? 'it passes again' : wrongIn(output)}`)
    else if (again && code === 0) await this.#alert(kind, 'closed: it can be carried out again, and passes')
  }

  async #verify(): Promise<void> {
    const first = await this.#run(commands.ledger)
    // What goes on meanwhile can look like a fault to one look, and not to two.
    const { output } = ledgerReportIn(first.output)?.ok === false && this.#timer !== null ? await this.#run(commands.ledger) : first
    if (this.#timer === null) return
    const report = ledgerReportIn(output)
    if (report === null) return this.#cannot('ledger', output)
    const again = this.#broken.delete('ledger')
    const alert = await this.#soundness.take(report)
    // Told before anything is written into a ledger that may take nothing any more.
    if (alert !== null) await this.#alert('ledger', alert)
    else if (again && report.ok) await this.#alert('ledger', 'closed: it can be carried out again, and the ledger is sound')
    await this.#soundness.record(report)
  }

  async #cannot(kind: Kind, output: string): Promise<void> {
    if (this.#broken.has(kind)) return
    this.#broken.add(kind)
    await this.#alert(kind, `opened: it cannot be carried out: ${wrongIn(output)}`)
  }

  async #alert(kind: Kind, detail: string): Promise<void> {
    const { ledger, report } = this.#runtime
    report(`alert ${kind} ${detail}`)
    await ledger.append({
      type: 'event',
      event: 'alert',
      session: null,
      subject: kind,
      detail: detail.slice(0, longestDetail).toWellFormed(),
    })
  }

  async #run(command: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const { manifest } = this.#locations
    const args = [...process.execArgv, process.argv[1] as string, ...command]
    const child = spawn(process.execPath, [...args, '--json', '--manifest', resolve(manifest), '--state', stateFolder(this.#locations)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#child = child
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    try {
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, output }
    } finally {
      this.#child = null
    }
  }
}

interface Report {
  readonly error?: { readonly message: string }
  readonly findings?: readonly {
    readonly severity: string
    readonly message: string
    readonly place: { readonly file: string; readonly line: number }
  }[]
  readonly cases?: readonly { readonly suite: string; readonly name: string; readonly status: string; readonly severity: string }[]
}

/** What a check found wrong, in short. */
function wrongIn(output: string): string {
  if (!output.startsWith('{')) return 'it ended without a result'
  const { error, findings = [], cases = [] } = JSON.parse(output) as Report
  if (error !== undefined) return error.message
  const wrong = [
    ...findings.filter(({ severity }) => severity === 'blocking').map(({ message, place }) => `${place.file}:${place.line} ${message}`),
    ...cases
      .filter(({ status, severity }) => status === 'error' || (status === 'failed' && severity === 'blocking'))
      .map(({ suite, name, status }) => `${suite} · ${name} ${status}`),
  ]
  return wrong.length === 0 ? 'it did not end in its time' : inShort(wrong)
}
