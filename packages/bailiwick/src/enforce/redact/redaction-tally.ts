/** What was taken out, counted by what the policies call it; the values themselves are known only while a call is carried out. */
export class RedactionTally {
  readonly #counts = new Map<string, number>()
  readonly #values = new Set<string>()

  /** Notes one value that was taken out. */
  add(name: string, value: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    this.#values.add(value)
  }

  /** Notes something that was withheld as a whole because it cannot be looked into. */
  withheld(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /** Takes over what another has counted. */
  absorb(other: RedactionTally): void {
    for (const [name, count] of other.#counts) this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
    for (const value of other.#values) this.#values.add(value)
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** The values, each once. */
  get values(): ReadonlySet<string> {
    return this.#values
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }
}
