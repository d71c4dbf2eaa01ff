import { realPathsOf } from '../../src/enforce/real-paths.ts'
import { paramsHash } from '../../src/decide/t0-identity.ts'
import type { DecisionInput } from '../../src/decide/decision-input.ts'
import { SessionUsage } from '../../src/decide/session-usage.ts'
import { compileRuleset } from '../../src/model/compile-ruleset.ts'
import type { CompiledRuleset } from '../../src/model/compile-ruleset.ts'
import type { FactValues } from '../../src/model/fact.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Lock } from '../../src/model/lock.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import { pinOf } from '../../src/model/pin.ts'
import type { ToolDefinition } from '../../src/model/pin.ts'
import { readManifest } from '../../src/model/read-manifest.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import type { Session } from '../../src/model/session.ts'
import { YamlSource } from '../../src/model/yaml-source.ts'

/** What a ruleset is made from. A tool of the manifest that `schemas` does not name takes any arguments; all are pinned here. */
export interface RulesetText {
  readonly manifest: string
  /** Input schemas by `toolbox.tool`. */
  readonly schemas?: Readonly<Record<string, JsonObject>>
  /** Output schemas by `toolbox.tool`. */
  readonly outputs?: Readonly<Record<string, JsonObject>>
  /** Cedar by file name. */
  readonly policies?: Readonly<Record<string, string>>
  readonly base?: string
}

const open: JsonObject = { type: 'object', additionalProperties: true }

export function compiled({ manifest: text, schemas = {}, outputs = {}, policies = {}, base = '/srv/corp' }: RulesetText): CompiledRuleset {
  const yaml = new YamlSource('bailiwick.yaml', text)
  const read = readManifest(yaml)
  if (read.manifest === null) return { ruleset: null, diagnostics: read.diagnostics }
  const { manifest, lock } = pinned(read.manifest, schemas, outputs)
  const files = Object.entries(policies).map(([name, cedar]) => ({ name, file: `policies/${name}`, text: cedar }))
  return compileRuleset({ yaml, manifest, lock, policies: files, base })
}

export function rulesetFor(text: RulesetText): Ruleset {
  const { ruleset, diagnostics } = compiled(text)
  if (ruleset === null) throw new Error(diagnostics.map(({ code, line, message }) => `${code} ${line}: ${message}`).join('\n'))
  return ruleset
}

/** The manifest with every tool pinned that has no pin yet, and the lock with the definitions. */
export function pinned(
  manifest: Manifest,
  schemas: Readonly<Record<string, JsonObject>>,
  outputs: Readonly<Record<string, JsonObject>> = {},
): { manifest: Manifest; lock: Lock } {
  const definitions: Record<string, Record<string, ToolDefinition>> = {}
  const toolboxes = Object.fromEntries(
    Object.entries(manifest.toolboxes).map(([toolbox, declaration]) => {
      const own: Record<string, ToolDefinition> = (definitions[toolbox] = {})
      const tools = Object.fromEntries(
        Object.entries(declaration.tools).map(([name, tool]) => {
          const outputSchema = outputs[`${toolbox}.${name}`]
          const definition = {
            name,
            description: `does ${name}`,
            inputSchema: schemas[`${toolbox}.${name}`] ?? open,
            ...(outputSchema === undefined ? {} : { outputSchema }),
          }
          own[name] = definition
          return [name, { ...tool, pin: tool.pin ?? pinOf(definition) }]
        }),
      )
      return [toolbox, { ...declaration, tools }]
    }),
  )
  return { manifest: { ...manifest, toolboxes }, lock: { version: 1, toolboxes: definitions } }
}

/** Noon of a day in 2026, in milliseconds since 1970. */
export const noon: number = Date.UTC(2026, 0, 15, 12)

/** What differs from a call that nothing stands against: its session is active, its credential genuine, its tool the pinned one. */
export interface CallOptions {
  readonly session?: Partial<Session>
  readonly credential?: DecisionInput['credential']
  readonly usage?: SessionUsage
  readonly livePin?: string | null
  readonly approval?: string | null
  readonly now?: number
  readonly facts?: FactValues
}

export function inputFor(ruleset: Ruleset, tool: string, args: JsonObject, options: CallOptions = {}): DecisionInput {
  const agent = [...ruleset.agents.values()][0]
  const session: Session = {
    id: 'ses_1',
    agent: agent?.name ?? '',
    goal: agent?.goals[0] ?? '',
    params: {},
    person: null,
    request: null,
    opened: noon,
    state: 'active',
    ...options.session,
  }
  const frames = ruleset.goals.get(session.goal)?.contract.get(tool) ?? new Map()
  return {
    call: {
      id: 'call_1',
      tool,
      arguments: args,
      livePin: options.livePin === undefined ? (ruleset.tools.get(tool)?.pin ?? null) : options.livePin,
      realPaths: realPathsOf(frames, args, false),
    },
    session,
    usage: options.usage ?? new SessionUsage(),
    credential: options.credential ?? {
      valid: true,
      tokenId: 'token',
      agent: session.agent,
      session: session.id,
      goal: session.goal,
      paramsHash: paramsHash(session.params),
      expires: noon + 3_600_000,
    },
    ruleset,
    facts: options.facts ?? {},
    approval: options.approval ?? null,
    now: options.now ?? noon + 1000,
  }
}
