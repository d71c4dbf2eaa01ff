import { pathToFileURL } from 'node:url'
import { faultText } from './agent-end.ts'
import type { AgentEnd } from './agent-end.ts'
import type { AgentUnderTest } from './agent-task.ts'
import type { ModuleOrder } from './module-agent.ts'
import type { PromptOrder } from './render-prompt.ts'

async function carryOut(order: ModuleOrder | PromptOrder): Promise<AgentEnd> {
  try {
    return 'prompt' in order ? await render(order) : await run(order)
  } catch (error) {
    return { answer: null, fault: `the agent failed: ${faultText(error)}` }
  }
}

async function render({ prompt: { module, export: name, values } }: PromptOrder): Promise<AgentEnd> {
  const rendered: unknown = await (await functionOf(module, name))(values)
  return typeof rendered === 'string'
    ? { answer: rendered, fault: null }
    : { answer: null, fault: `\`${name}\` of \`${module}\` gives no text` }
}

async function run({ module, export: name, framework, ...about }: ModuleOrder): Promise<AgentEnd> {
  // The client takes longer to load than most prompts take to render.
  const { connectTask } = await import('./connect-task.ts')
  const agent =
    framework === null
      ? await functionOf(module, name)
      : await (await import('./framework-agent.ts')).frameworkAgent(framework, module, await exportOf(module, name))
  const { task, close } = await connectTask({ ...about, signal: new AbortController().signal })
  const answer: unknown = await (agent as AgentUnderTest)(task)
  await close()
  return { answer: answer == null ? null : typeof answer === 'string' ? answer : JSON.stringify(answer), fault: null }
}

async function functionOf(module: string, name: string): Promise<(given: unknown) => unknown> {
  const exported = await exportOf(module, name)
  if (typeof exported !== 'function') throw new Error(`\`${name}\` of \`${module}\` is no function`)
  return exported as (given: unknown) => unknown
}

async function exportOf(module: string, name: string): Promise<unknown> {
  const exported = ((await import(pathToFileURL(module).href)) as Record<string, unknown>)[name]
  if (exported === undefined) throw new Error(`\`${module}\` does not export \`${name}\``)
  return exported
}

process.once('message', (order: ModuleOrder | PromptOrder) => {
  void carryOut(order).then((end) => process.send?.(end, undefined, undefined, () => process.exit()))
})
