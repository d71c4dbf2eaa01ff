import { expect } from 'vitest'
import { AttackInstallation } from './installation.ts'
import type { InstallationPlan } from './installation.ts'
import { StdioGateway, textOf } from './stdio-gateway-process.ts'

/** A gateway over stdio in an installation of its own, with a way to see that it still serves an honest agent. */
export class HonestGateway {
  readonly installation: AttackInstallation
  readonly gateway: StdioGateway
  #honestCalls = 0

  private constructor(installation: AttackInstallation, gateway: StdioGateway) {
    this.installation = installation
    this.gateway = gateway
  }

  static async begin(plan: InstallationPlan): Promise<HonestGateway> {
    const installation = new AttackInstallation(plan)
    return new HonestGateway(installation, await StdioGateway.start(installation))
  }

  /** A text that no honest call has had yet. */
  nextText(): string {
    this.#honestCalls += 1
    return `honest ${this.#honestCalls}`
  }

  async expectHonest(): Promise<void> {
    const text = this.nextText()
    expect(textOf(await this.gateway.call('honest', { text }))).toBe(`said ${text}`)
  }

  async end(): Promise<void> {
    await this.gateway.kill()
    this.installation.remove()
  }
}
