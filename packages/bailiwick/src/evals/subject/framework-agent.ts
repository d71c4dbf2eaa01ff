import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Framework } from '../suite/suite.ts'
import type { AgentTask, AgentUnderTest, ToolResult } from './agent-task.ts'

/**
 * An agent of a framework as a function: it is given the gateway's tools as tools of its framework, and the request as its input.
 *
 * - `openai-agents`: the module exports an `Agent`, or a function from a task to one.
 * - `ai-sdk`: the module exports a function from `{ task, tools }` to an agent with `generate({ prompt })`, such as a `ToolLoopAgent`.
 *
 * The framework is loaded from where the module finds it, so that there is one copy of it.
 * @throws Error when the framework is not installed there, or the module exports something else
 */
export async function frameworkAgent(framework: Framework, module: string, exported: unknown): Promise<AgentUnderTest> {
  return framework === 'openai-agents'
    ? openAiAgent(await importFrom('@openai/agents', module), exported)
    : aiSdkAgent(await importFrom('ai', module), exported)
}

interface OpenAiAgents {
  readonly tool: (options: Record<string, unknown>) => unknown
  readonly run: (agent: unknown, input: string, options: Record<string, unknown>) => Promise<{ readonly finalOutput?: unknown }>
}

interface OpenAiAgent {
  readonly tools: readonly unknown[]
  readonly clone: (change: Record<string, unknown>) => unknown
}

const mostTurns = 50

function openAiAgent(library: unknown, exported: unknown): AgentUnderTest {
  const { tool, run } = library as OpenAiAgents
  return async (task) => {
    const made = (typeof exported === 'function' ? await (exported as (task: AgentTask) => unknown)(task) : exported) as OpenAiAgent
    if (typeof made?.clone !== 'function')
      throw new Error('the module exports no `Agent` of `@openai/agents`, and no function that makes one')
    const tools = task.tools.map(({ name, description = '', inputSchema }) =>
      tool({
        name,
        description,
        parameters: { ...inputSchema, required: inputSchema['required'] ?? [], additionalProperties: true },
        strict: false,
        execute: async (args: Record<string, unknown>) => textOf(await task.call(name, args)),
      }),
    )
    const { finalOutput } = await run(made.clone({ tools: [...made.tools, ...tools] }), task.request, {
      maxTurns: mostTurns,
      signal: task.signal,
    })
    return answerOf(finalOutput)
  }
}

interface AiSdk {
  readonly tool: (options: Record<string, unknown>) => unknown
  readonly jsonSchema: (schema: unknown) => unknown
}

interface AiSdkAgent {
  readonly generate: (options: { prompt: string; abortSignal: AbortSignal }) => Promise<{ readonly text: string }>
}

function aiSdkAgent(library: unknown, exported: unknown): AgentUnderTest {
  const { tool, jsonSchema } = library as AiSdk
  if (typeof exported !== 'function') throw new Error('the module exports no function from `{ task, tools }` to an agent')
  return async (task) => {
    const tools = Object.fromEntries(
      task.tools.map(({ name, description, inputSchema }) => [
        name,
        tool({
          description,
          inputSchema: jsonSchema(inputSchema),
          execute: async (args: Record<string, unknown>) => textOf(await task.call(name, args)),
        }),
      ]),
    )
    const agent = (await (exported as (given: { task: AgentTask; tools: object }) => unknown)({ task, tools })) as AiSdkAgent
    if (typeof agent?.generate !== 'function') throw new Error('the function of the module makes no agent with `generate`')
    return answerOf((await agent.generate({ prompt: task.request, abortSignal: task.signal })).text)
  }
}

function answerOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a model reads of a result: its texts, and an error marked as one. */
function textOf({ content, isError }: ToolResult): string {
  const text = content.map((part) => (typeof part['text'] === 'string' ? part['text'] : JSON.stringify(part))).join('\n')
  return isError === true ? `Error: ${text}` : text
}

/** Imports a package as a module elsewhere would. */
async function importFrom(name: string, module: string): Promise<unknown> {
  for (let folder = dirname(module); ; folder = dirname(folder)) {
    const manifest = join(folder, 'node_modules', name, 'package.json')
    if (existsSync(manifest)) {
      const { exports, main } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown; main?: string }
      return import(pathToFileURL(join(dirname(manifest), entryOf(exports) ?? main ?? 'index.js')).href)
    }
    if (folder === dirname(folder)) throw new Error(`\`${name}\` is not installed where \`${module}\` could find it`)
  }
}

/** The file of `exports` that Node takes for an import. */
function entryOf(exports: unknown): string | null {
  if (typeof exports === 'string') return exports
  if (typeof exports !== 'object' || exports === null) return null
  for (const [condition, target] of Object.entries(exports)) {
    if (!['.', 'node', 'import', 'module-sync', 'default'].includes(condition)) continue
    const found = entryOf(target)
    if (found !== null) return found
  }
  return null
}
