import { readFileSync } from 'node:fs'
import type { Json } from '../../model/json.ts'
import { textFailures } from '../expect/expect-text.ts'
import type { ExpectationFailure } from '../expect/expectations.ts'
import { renderPrompt } from '../subject/render-prompt.ts'
import type { PromptCase } from '../suite/suite.ts'

const placeholder = /\{\{\s*([\w.-]+)\s*\}\}/g

/**
 * What is wrong with a prompt as its template makes it: it leaves a placeholder open or a value unused, puts what strangers wrote outside its
 * marks, or is not as expected. A file's placeholders are written `{{name}}`; a module exports a function from the values to the prompt.
 */
export async function promptFailures(promptCase: PromptCase): Promise<ExpectationFailure[]> {
  const { template, values, untrusted, between, expect } = promptCase
  const found: ExpectationFailure[] = []
  const fail = (message: string, ...path: (string | number)[]): void => void found.push({ message, path, rule: null, tool: null })
  let text: string
  if ('file' in template) {
    const source = readFileSync(template.file, 'utf8')
    const used = new Set([...source.matchAll(placeholder)].map(([, name]) => name as string))
    for (const name of used) if (!Object.hasOwn(values, name)) fail(`the template asks for \`${name}\`, and there is no such value`)
    for (const name of Object.keys(values)) if (!used.has(name)) fail(`the template does not use the value \`${name}\``)
    text = source.replaceAll(placeholder, (whole, name: string) => (Object.hasOwn(values, name) ? textOf(values[name] as Json) : whole))
  } else {
    const rendered = await renderPrompt(template.module, template.export, values)
    if (rendered.fault !== null) return [{ message: rendered.fault, path: [], rule: null, tool: null }]
    text = rendered.text
  }
  if (between !== null) for (const name of untrusted) outsideMarks(text, textOf(values[name] ?? ''), name, between, fail)
  if (expect.characters !== undefined && text.length > expect.characters)
    fail(`the prompt has ${text.length} characters, over ${expect.characters}`, 'characters')
  return [...found, ...textFailures(expect, text, 'the prompt', [])]
}

function outsideMarks(
  text: string,
  value: string,
  name: string,
  [open, close]: readonly [string, string],
  fail: (message: string) => void,
): void {
  if (value === '') return fail(`\`${name}\` is untrusted, and has no value to look for`)
  if (!text.includes(value) && !value.includes(close)) return fail(`\`${name}\` does not stand in the prompt`)
  if (value.includes(close) && text.includes(value))
    return fail(`\`${name}\` closes the marks it stands between: \`${close}\` in it is not escaped`)
  const outside = text
    .split(open)
    .map((part, index) => (index === 0 ? part : part.split(close).slice(1).join(close)))
    .join('')
  if (outside.includes(value)) fail(`\`${name}\`, which strangers wrote, stands outside of ${open} and ${close}`)
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
