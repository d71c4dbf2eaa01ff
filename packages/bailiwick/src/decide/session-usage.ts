/** One past call as the limits remember it. */
interface PastCall {
  readonly key: string
  readonly tool: string
}

/** How many past calls the loop rule looks back on. */
export const loopWindow = 20

/**
 * What a session has used up and met so far. Changes only through the methods here, which the enforcement point calls
 * in the same turn as the decision, so that calls decided together cannot slip past a limit. What is noted here is noted of the session that it was
 * delegated from as well, and of the one that that was delegated from.
 */
export class SessionUsage {
  readonly #parent: SessionUsage | null
  #calls = 0
  #denied = 0
  #resultBytes = 0
  readonly #labels = new Set<string>()
  readonly #recent: PastCall[] = []
  /** When each tool was let through, in order. All of them are kept: the rules of tomorrow may look back further than those of today. */
  readonly #times = new Map<string, number[]>()

  /** @param parent of the session that it was delegated from; null for none */
  constructor(parent: SessionUsage | null = null) {
    this.#parent = parent
  }

  /** Calls that were let through. */
  get calls(): number {
    return this.#calls
  }

  get denied(): number {
    return this.#denied
  }

  get resultBytes(): number {
    return this.#resultBytes
  }

  get labels(): ReadonlySet<string> {
    return this.#labels
  }

  /** How many of the last {@link loopWindow} calls, denied ones too, were the call with this key. */
  repeats(key: string): number {
    return this.#recent.filter((past) => past.key === key).length
  }

  /** Calls of a tool let through within the last `within` milliseconds. A clock that jumps back counts nothing twice and forgets nothing. */
  callsWithin(tool: string, within: number, now: number): number {
    const times = this.#times.get(tool) ?? []
    return times.length - firstOver(times, now - within)
  }

  /** Notes a call that was decided. */
  decided(call: { key: string; tool: string; allowed: boolean; now: number }): void {
    this.#parent?.decided(call)
    this.#recent.push({ key: call.key, tool: call.tool })
    if (this.#recent.length > loopWindow) this.#recent.shift()
    if (!call.allowed) {
      this.#denied += 1
      return
    }
    this.#calls += 1
    const times = this.#times.get(call.tool)
    if (times === undefined) this.#times.set(call.tool, [call.now])
    else times.splice(firstOver(times, call.now), 0, call.now)
  }

  /** Notes what came back from a call that was let through. */
  finished(result: { bytes: number; labels: readonly string[] }): void {
    this.#parent?.finished(result)
    this.#resultBytes += result.bytes
    for (const label of result.labels) this.#labels.add(label)
  }
}

/** Where, in a sequence in order, the first value over a bound stands; its length when there is none. */
function firstOver(values: readonly number[], bound: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] as number) > bound) high = middle
    else low = middle + 1
  }
  return low
}
