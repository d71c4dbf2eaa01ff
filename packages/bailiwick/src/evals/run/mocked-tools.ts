import { InMemoryTransport } from '@modelcontextprotocol/client'
import type { StandIn } from '../../enforce/mcp/toolbox-connection.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { fits } from '../expect/expect-calls.ts'
import { fixtureResult, sampleOf } from '../mock/mock-result.ts'
import type { MockResult } from '../mock/mock-result.ts'
import { mockToolbox } from '../mock/mock-toolbox.ts'
import type { AgentCase, Injection, ToolMock } from '../suite/suite.ts'

export interface MockedToolsOptions {
  readonly case: Pick<AgentCase, 'tools' | 'inject' | 'params'>
  readonly ruleset: Ruleset
  /** The content of a fixture, with references filled in. @throws BailiwickError `SUITE_INVALID` for one that is none */
  readonly fixture: (file: string) => Json
  /** The fixture that is kept for a tool where a case says nothing; null when there is none. */
  readonly kept: (tool: string) => Json | null
  /** Told what makes the run count for nothing: a fixture that is none. */
  readonly onFault: (fault: string) => void
  readonly report: (line: string) => void
}

/**
 * What stands in for the toolboxes of a run: servers of MCP in this process, whose tools are the pinned ones. A tool answers with what the
 * case says, else with the fixture kept for it, else with something made up from its output schema; injections are put into that. In what a case or
 * a fixture says, `${args.to}` stands for an argument of the call, `${past.files.write_file.content}` for one of the newest call of another tool.
 */
export class MockedTools {
  readonly #options: MockedToolsOptions
  readonly #calls = new Map<string, number>()
  readonly #undelivered: Set<Injection>
  /** The arguments that each tool was called with last. */
  readonly #past = new Map<string, JsonObject>()

  constructor(options: MockedToolsOptions) {
    this.#options = options
    this.#undelivered = new Set(options.case.inject)
  }

  /** Injections that the agent was never given: no call had a result with a place for them. */
  get undelivered(): readonly Injection[] {
    return [...this.#undelivered]
  }

  readonly stand: StandIn = (name) => {
    const { ruleset, report } = this.#options
    const tools = ruleset.toolboxes.get(name)?.tools ?? []
    const declared = new Set(tools.map((tool) => tool.name))
    const server = mockToolbox({
      name,
      tools: tools.flatMap(({ definition }) => definition ?? []),
      reads: { resources: declared.has('resources/read'), prompts: declared.has('prompts/get') },
      fixture: (tool, args) => this.#answer(`${name}.${tool}`, args),
    })
    const [ours, theirs] = InMemoryTransport.createLinkedPair()
    server.connect(theirs).catch((error: unknown) => report(`the mock of ${name} failed: ${String(error)}`))
    return ours
  }

  #answer(key: string, args: JsonObject): MockResult {
    try {
      const result = this.#withInjections(key, args)
      this.#past.set(key, args)
      return result
    } catch (error) {
      if (!(error instanceof Error)) throw error
      this.#options.onFault(error.message)
      throw error
    }
  }

  #withInjections(key: string, args: JsonObject): MockResult {
    let result = this.#plain(key, args)
    for (const injection of this.#options.case.inject.filter(({ into }) => into === key)) {
      const changed = injected(result, injection)
      if (changed === null) continue
      this.#undelivered.delete(injection)
      result = changed
    }
    return result
  }

  #plain(key: string, args: JsonObject): MockResult {
    const mock = this.#mockFor(key, args)
    const { fixture, kept, ruleset } = this.#options
    if (mock?.error !== undefined) return { content: [{ type: 'text', text: mock.error }], isError: true }
    const given = mock === null ? kept(key) : mock.fixture === undefined ? (mock.result as JsonObject) : fixture(mock.fixture)
    if (given !== null) return fixtureResult(recalled(given, args, this.#past))
    const definition = ruleset.tools.get(key)?.definition
    if (definition === null || definition === undefined) throw new Error(`\`${key}\` has no definition to mock it from`)
    return sampleOf(definition, args)
  }

  /** Of the mocks that are meant for these arguments, the first for the first call, and so on; the last for all calls after. */
  #mockFor(key: string, args: JsonObject): ToolMock | null {
    const { tools, params } = this.#options.case
    const scope = { params, base: this.#options.ruleset.base, local: false }
    const meant = (Object.hasOwn(tools, key) ? (tools[key] ?? []) : []).filter(({ when }) => fits(args, when, scope))
    const which = JSON.stringify([key, meant.map((mock) => mock.when ?? null)])
    const before = this.#calls.get(which) ?? 0
    this.#calls.set(which, before + 1)
    return meant[Math.min(before, meant.length - 1)] ?? null
  }
}

/** A value with what its texts refer to filled in. What was never called has no arguments, and an empty text stands for them. */
function recalled<T extends Json>(value: T, args: JsonObject, past: ReadonlyMap<string, JsonObject>): T
function recalled(value: Json, args: JsonObject, past: ReadonlyMap<string, JsonObject>): Json {
  if (typeof value === 'string')
    return value.replaceAll(/\$\{(?:args|past\.([^{}]+))\.([\w-]+)\}/g, (_, tool: string | undefined, name: string) => {
      const from = tool === undefined ? args : (past.get(tool) ?? {})
      const found = Object.hasOwn(from, name) ? from[name] : undefined
      return found === undefined ? '' : typeof found === 'string' ? found : JSON.stringify(found)
    })
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => recalled(one, args, past))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, recalled(one, args, past)]))
}

/**
 * The result with a text put into it. Content that is the structured content written out follows it.
 * Null when nothing stands at the injection's place.
 */
function injected(result: MockResult, { at, text, replace }: Injection): MockResult | null {
  const path = at ?? (result.structuredContent === undefined ? ['content', '0', 'text'] : firstText(result.structuredContent))
  const changed = put(result as unknown as JsonObject, path, (was) => (replace || typeof was !== 'string' ? text : `${was}\n${text}`))
  if (changed === null) return null
  const { structuredContent } = result
  const mirrored =
    structuredContent !== undefined && result.content.length === 1 && result.content[0]?.['text'] === JSON.stringify(structuredContent)
  if (!mirrored || path[0] !== 'structuredContent') return changed as unknown as MockResult
  return { ...(changed as unknown as MockResult), content: [{ type: 'text', text: JSON.stringify(changed['structuredContent']) }] }
}

function put(value: JsonObject, [name = '', ...rest]: readonly string[], change: (was: Json) => Json): JsonObject | null {
  const list = Array.isArray(value)
  if (!Object.hasOwn(value, name)) return null
  const was = value[name] as Json
  const now = rest.length === 0 ? change(was) : typeof was === 'object' && was !== null ? put(was as JsonObject, rest, change) : null
  if (now === null) return null
  return list
    ? ((value as unknown as readonly Json[]).map((one, index) => (String(index) === name ? now : one)) as unknown as JsonObject)
    : { ...value, [name]: now }
}

/** The way to the first text in structured content; to the content's first text when there is none. */
function firstText(value: Json): readonly string[] {
  return textPath(value, ['structuredContent']) ?? ['content', '0', 'text']
}

function textPath(value: Json, path: readonly string[]): readonly string[] | null {
  if (typeof value === 'string') return path
  if (!isJsonObject(value) && !Array.isArray(value)) return null
  for (const [name, inner] of Object.entries(value as JsonObject)) {
    const found = textPath(inner, [...path, name])
    if (found !== null) return found
  }
  return null
}
