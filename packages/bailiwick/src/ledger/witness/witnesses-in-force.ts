import type { LedgerStore } from '../ledger-store.ts'
import type { PolicyInFile } from './read-policy.ts'
import { Witnesses } from './witnesses.ts'
import type { SignedHead, WitnessesOptions } from './witnesses.ts'

/** The witnesses that the ledger's heads are shown to, replaced as a whole while it works. Nobody is one until {@link replace} is called. */
export class WitnessesInForce {
  readonly #options: Omit<WitnessesOptions, 'policy'>
  /** The key of the ledger that they are witnesses of; whoever replaces it says so here. */
  ledgerKey: string
  #digest: string | null = null
  #witnesses: Witnesses | null = null

  constructor(ledgerKey: string, store: LedgerStore, report: (line: string) => void, timeout: number) {
    this.ledgerKey = ledgerKey
    this.#options = { store, report, timeout }
  }

  /** The digest of the policy that names them; null for nobody. */
  get digest(): string | null {
    return this.#digest
  }

  /** Has the next head shown to those whom another policy names; null for nobody. */
  replace(next: PolicyInFile | null): void {
    this.#digest = next?.digest ?? null
    this.#witnesses = next === null ? null : new Witnesses({ ...this.#options, policy: next.policy })
  }

  /** As {@link Witnesses.cosign}. */
  async cosign(head: SignedHead): Promise<string | null> {
    return (await this.#witnesses?.cosign(head)) ?? null
  }
}
