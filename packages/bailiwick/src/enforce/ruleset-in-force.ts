import { canonicalJson } from '../model/json.ts'
import type { Ruleset } from '../model/ruleset.ts'

/**
 * The ruleset that calls are decided by. It is replaced as a whole, in one step: whoever took the one before goes on with
 * that. Take it once for each call or request, and ask nothing else of another one meanwhile.
 */
export class RulesetInForce {
  #current: Ruleset
  /** What the servers of toolboxes were built from, of every ruleset that was in force in this process. */
  readonly #built = new Map<string, string>()
  readonly #followers = new Set<() => void>()

  constructor(ruleset: Ruleset) {
    this.#current = ruleset
    this.#noteBuilt(ruleset)
  }

  get current(): Ruleset {
    return this.#current
  }

  /** What differs in a ruleset that keys, addresses and connections are built from, as paths in the manifest; empty when it can replace the one in force. */
  obstacles(next: Ruleset): readonly string[] {
    const { manifest } = this.#current
    const whole = (['trustDomain', 'http'] as const).filter((key) => canonicalJson(next.manifest[key]) !== canonicalJson(manifest[key]))
    const toolboxes = [...next.toolboxes.keys()].filter(
      (name) => (this.#built.get(name) ?? builtFrom(next, name)) !== builtFrom(next, name),
    )
    return [...whole, ...toolboxes.map((name) => `toolboxes.${name}`)]
  }

  /** Puts another ruleset into force, and tells who follows if it says something else. @throws Error when there are {@link obstacles} */
  replace(next: Ruleset): void {
    const obstacles = this.obstacles(next)
    if (obstacles.length > 0) throw new Error(`the ruleset cannot be replaced while it runs: ${obstacles.join(', ')}`)
    this.#noteBuilt(next)
    const { digest } = this.#current
    this.#current = next
    if (next.digest !== digest) for (const follower of this.#followers) follower()
  }

  /** Has `follower` called after each replacement by rules that say something else, until the function that this returns is called. */
  follow(follower: () => void): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  #noteBuilt(ruleset: Ruleset): void {
    for (const name of ruleset.toolboxes.keys()) this.#built.set(name, builtFrom(ruleset, name))
  }
}

/** Of a toolbox, what its connections and the names of its tools are made from. */
function builtFrom({ toolboxes, manifest }: Ruleset, name: string): string {
  const { server, credential } = toolboxes.get(name) ?? {}
  return canonicalJson({ server, credential, names: manifest.toolboxes[name]?.names })
}
