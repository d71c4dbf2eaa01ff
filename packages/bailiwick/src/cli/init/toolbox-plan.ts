import { resolve } from 'node:path'
import { canonicalJson } from '../../model/json.ts'
import type { McpServerDeclaration } from '../../model/manifest.ts'
import type { SecretSource } from '../../model/secret-source.ts'
import type { Surroundings } from './find-client-configs.ts'
import type { ConfiguredServer } from './read-client-config.ts'
import { isSecretUrl, looksSecret, secretArgument } from './secret-looks.ts'
import { toolboxName } from './toolbox-name.ts'

/** A secret that stays out of the manifest: the gateway finds it in this variable of its own environment. */
interface LeftSecret {
  readonly variable: string
  /** Where its value stands now, in words. */
  readonly from: string
}

/** A configured server as a toolbox: what is written, and what starting it here and now needs besides. */
export interface ToolboxPlan {
  readonly name: string
  readonly configured: ConfiguredServer
  readonly declaration: Omit<McpServerDeclaration, 'timeout'>
  readonly secrets: readonly LeftSecret[]
  /** Values of the variables that the declaration names, as far as they are known. */
  readonly environment: Readonly<Record<string, string>>
}

export interface PlanProblem {
  readonly configured: ConfiguredServer
  readonly problem: string
}

/** Turns servers into toolboxes, each server once however many clients have it. */
export function planToolboxes(
  servers: readonly ConfiguredServer[],
  base: string,
  surroundings: Surroundings,
): { readonly plans: readonly ToolboxPlan[]; readonly problems: readonly PlanProblem[] } {
  const plans: ToolboxPlan[] = []
  const problems: PlanProblem[] = []
  const seen = new Set<string>()
  const claimed = new Map<string, string>()
  for (const configured of servers) {
    const { command, args, env, cwd, url, headers } = configured
    const identity = canonicalJson({ command, args, env, cwd, url, headers })
    if (seen.has(identity)) continue
    seen.add(identity)
    const name = toolboxName(configured.name, new Set(plans.map((plan) => plan.name)))
    const plan = new Planner(name, configured, base, surroundings, claimed).plan()
    if ('problem' in plan) problems.push(plan)
    else plans.push(plan)
  }
  return { plans, problems }
}

const reference = /\$\{([^{}]*)\}/g
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

class Planner {
  readonly #name: string
  readonly #configured: ConfiguredServer
  readonly #base: string
  readonly #surroundings: Surroundings
  /** Values of the variables that are spoken for already, by name. */
  readonly #claimed: Map<string, string>
  readonly #secrets: LeftSecret[] = []
  readonly #environment: Record<string, string> = {}

  constructor(name: string, configured: ConfiguredServer, base: string, surroundings: Surroundings, claimed: Map<string, string>) {
    this.#name = name
    this.#configured = configured
    this.#base = base
    this.#surroundings = surroundings
    this.#claimed = claimed
  }

  plan(): ToolboxPlan | PlanProblem {
    const configured = this.#configured
    const command = configured.command === null ? null : this.#expand(configured.command)
    const args = configured.args.map((arg) => this.#expand(arg))
    const url = configured.url === null ? null : this.#expand(configured.url)
    const cwd = configured.cwd === null ? null : this.#expand(configured.cwd)
    const unknown = [command, ...args, url, cwd].flatMap((expanded) => expanded?.unknown ?? [])
    if (unknown.length > 0)
      return { configured, problem: `its command line or address needs \`\${${unknown[0]}}\`, which only its own client knows` }
    const secretAt = secretArgument(args.map((arg) => arg.text))
    if (secretAt !== null || args.some((arg) => arg.secret))
      return {
        configured,
        problem: `its argument ${secretAt ?? args.findIndex((arg) => arg.secret) + 1} looks like a secret, which does not belong into a manifest; let the server take it from its environment`,
      }
    if (url !== null && (url.secret || isSecretUrl(url.text)))
      return {
        configured,
        problem: 'its address holds what looks like a secret, which does not belong into a manifest; send it in a header',
      }
    if (url !== null && !/^https?:$/.test(URL.canParse(url.text) ? new URL(url.text).protocol : ''))
      return { configured, problem: 'its address is not an absolute http or https URL' }
    const env = this.#sources(configured.env, variableName)
    const headers = this.#sources(configured.headers, /^[A-Za-z0-9-]+$/)
    if (typeof env === 'string' || typeof headers === 'string')
      return { configured, problem: typeof env === 'string' ? env : (headers as string) }
    const folder = cwd === null ? this.#base : resolve(this.#base, cwd.text)
    return {
      name: this.#name,
      configured,
      declaration: {
        ...(command === null ? {} : { command: command.text }),
        ...(args.length === 0 ? {} : { args: args.map((arg) => arg.text) }),
        ...(Object.keys(env).length === 0 ? {} : { env }),
        ...(command === null || folder === this.#base ? {} : { cwd: folder }),
        ...(url === null ? {} : { url: url.text }),
        ...(Object.keys(headers).length === 0 ? {} : { headers }),
      },
      secrets: this.#secrets,
      environment: this.#environment,
    }
  }

  #sources(values: Readonly<Record<string, string>>, names: RegExp): Record<string, SecretSource> | string {
    const sources: Record<string, SecretSource> = {}
    for (const [name, value] of Object.entries(values)) {
      if (!names.test(name) || name === '__proto__') return `\`${name}\` cannot be the name of a variable or header`
      sources[name] = this.#source(name, value)
    }
    return sources
  }

  #source(name: string, value: string): SecretSource {
    const whole = /^\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(value)
    if (whole !== null) return this.#fromVariable(whole[1] as string, this.#surroundings.environment[whole[1] as string], name)
    const expanded = this.#expand(value)
    if (expanded.unknown.length === 0 && !expanded.secret && !looksSecret(name, value)) return expanded.text
    return this.#fromVariable(this.#freeVariable(name, expanded.text), expanded.unknown.length === 0 ? expanded.text : undefined, name)
  }

  #fromVariable(variable: string, value: string | undefined, name: string): SecretSource {
    if (value !== undefined) {
      this.#claimed.set(variable, value)
      this.#environment[variable] = value
    }
    this.#secrets.push({ variable, from: `\`${name}\` of \`${this.#configured.name}\` in ${this.#configured.config.path}` })
    return { env: variable }
  }

  /** The variable's own name; one with the toolbox's name before it when that is not a name, or stands for another value already. */
  #freeVariable(name: string, value: string): string {
    const standing = this.#claimed.get(name) ?? this.#surroundings.environment[name]
    const own = this.#configured.command !== null && [undefined, value].includes(standing)
    return own ? name : `${this.#name}_${name}`.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')
  }

  /** Puts in what a client would: folders, and variables of the environment. */
  #expand(text: string): { readonly text: string; readonly unknown: readonly string[]; readonly secret: boolean } {
    const { home, cwd, environment } = this.#surroundings
    const unknown: string[] = []
    let secret = false
    const expanded = text.replaceAll(reference, (whole, inner: string) => {
      if (inner === 'workspaceFolder' || inner === 'workspaceRoot') return this.#configured.config.root ?? cwd
      if (inner === 'userHome') return home
      const [, variable, fallback] = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/.exec(inner) ?? []
      const value = variable === undefined ? undefined : environment[variable] || fallback
      if (value === undefined) {
        unknown.push(inner)
        return whole
      }
      secret ||= looksSecret(variable as string, value)
      return value
    })
    return { text: expanded, unknown, secret }
  }
}
