import type { JsonObject, Json } from '../../model/json.ts'
import { faultText, overtime } from './agent-end.ts'
import { inheritedEnvironment } from './task-environment.ts'
import { inOwnProcess } from './module-process.ts'

/** What a process is told to render. */
export interface PromptOrder {
  readonly prompt: { readonly module: string; readonly export: string; readonly values: JsonObject }
}

export type Rendered = { readonly text: string; readonly fault: null } | { readonly text: null; readonly fault: string }

const longest = 10_000

/** Renders a prompt with a module's own function, in a process of its own. */
export async function renderPrompt(module: string, name: string, values: Readonly<Record<string, Json>>): Promise<Rendered> {
  const order: PromptOrder = { prompt: { module, export: name, values } }
  const end = await inOwnProcess(order, inheritedEnvironment(), AbortSignal.timeout(longest))
  if (end.answer !== null) return { text: end.answer, fault: null }
  return {
    text: null,
    fault: end.fault === overtime ? 'the prompt was not rendered in 10 s' : faultText(end.fault ?? 'it renders no text'),
  }
}
