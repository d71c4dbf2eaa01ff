import { isJsonObject } from '../../model/json.ts'
import type { YamlPath } from '../../model/yaml-source.ts'
import type { ImportFindings } from './import-findings.ts'
import { itemsOf } from './promptfoo-config.ts'
import type { Placed } from './promptfoo-config.ts'

export interface Prompt {
  /** As tests refer to it. */
  readonly names: readonly string[]
  /** The template of what the agent is asked; null when it cannot be read here. */
  readonly text: string | null
  readonly path: YamlPath
}

/** The prompts of a file, at least one: where it says none, promptfoo takes the variable `prompt`. */
export function readPrompts(prompts: unknown, found: ImportFindings): Prompt[] {
  if (prompts === undefined) return [{ names: [], text: '{{prompt}}', path: ['prompts'] }]
  const listed: Placed[] = Array.isArray(prompts)
    ? itemsOf(prompts, ['prompts'])
    : isJsonObject(prompts)
      ? Object.entries(prompts).map(([raw, label]) => ({ value: { raw, label }, path: ['prompts', raw] }))
      : [{ value: prompts, path: ['prompts'] }]
  const read = listed.map((one) => readPrompt(one, found))
  return read.length > 0 ? read : [{ names: [], text: null, path: ['prompts'] }]
}

function readPrompt({ value, path }: Placed, found: ImportFindings): Prompt {
  const mend = 'write the prompt into the file, or `request` into the cases'
  const object: Readonly<Record<string, unknown>> = isJsonObject(value) ? value : { raw: value }
  if (isJsonObject(value)) found.unread(value, path, ['id', 'label', 'raw'], 'a prompt')
  const raw: unknown = object['raw'] ?? object['id']
  const names = [object['label'], object['id'], raw].filter((one) => typeof one === 'string')
  if (typeof raw !== 'string' || raw === '') {
    found.report('warning', path, 'a prompt is no text, and is not carried over', mend)
    return { names, text: null, path }
  }
  if (leadsElsewhere(raw)) {
    found.report('warning', path, 'a prompt stands in another file or place, and is not carried over', mend)
    return { names, text: null, path }
  }
  return { names, text: requestOf(raw, path, found), path }
}

function leadsElsewhere(raw: string): boolean {
  return (
    /^(?:file|exec|portkey|langfuse|helicone|https?|package|python):/.test(raw) ||
    (!/\s/.test(raw) && !raw.includes('{{') && /\*|\.(?:[cm]?[jt]s|j2|jsonl?|md|py|txt|ya?ml|csv)(?::\w+)?$/.test(raw))
  )
}

/** What the person says in a prompt: its text, or the last of the user's messages where it is a list of them in JSON. */
function requestOf(raw: string, path: YamlPath, found: ImportFindings): string | null {
  const messages = messagesIn(raw)
  if (messages === null) return raw
  const said = messages.filter(({ role }) => role === 'user').map(({ content }) => content)
  const [last] = said.slice(-1)
  if (messages.length > 1 || last === undefined)
    found.report(
      'warning',
      path,
      'of the messages of a prompt only the last of the user is carried over',
      'give the agent under test its instructions yourself, and say the rest of the conversation in `request`',
    )
  return last ?? null
}

function messagesIn(raw: string): { readonly role: string; readonly content: string }[] | null {
  if (!raw.trimStart().startsWith('[')) return null
  try {
    const read: unknown = JSON.parse(raw)
    const messages = Array.isArray(read) ? (read as readonly unknown[]) : []
    const fit = messages.every((one) => isJsonObject(one) && typeof one['role'] === 'string' && typeof one['content'] === 'string')
    return fit && messages.length > 0 ? (messages as { role: string; content: string }[]) : null
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return null
  }
}

/** Whether a test is to be tried with a prompt: one of its names is given, or begins with a name and a colon. */
export function isChosen(prompt: Prompt, chosen: readonly string[] | null): boolean {
  if (chosen === null) return true
  return chosen.some((one) =>
    prompt.names.some((name) => name === one || name.startsWith(one.endsWith(':*') ? one.slice(0, -1) : `${one}:`)),
  )
}
