import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, parseDocument } from 'yaml'
import type { Document, YAMLMap } from 'yaml'
import { BailiwickError } from '../../model/bailiwick-error.ts'

/**
 * The manifest's text with a goal more, every other character as it was.
 * @param lines the goal, from its name on, indented by two from the outermost line
 * @throws BailiwickError `USAGE` when there is a goal of this name, or `goals` is not written as a block that can be added to
 */
export function withGoal(text: string, name: string, lines: readonly string[]): string {
  const document = parse(text)
  const goals = goalsOf(document)
  if (goals?.items.some((item) => isScalar(item.key) && String(item.key.value) === name) === true)
    throw new BailiwickError('USAGE', `there is a goal \`${name}\` already`, { mend: 'choose another name' })
  const [first] = goals?.items ?? []
  const key = first !== undefined && isScalar(first.key) ? first.key.range : null
  if (goals === null || goals.flow === true || key === null || key === undefined) throw unfit(lines)
  const column = key[0] - (text.lastIndexOf('\n', key[0] - 1) + 1)
  const end = (goals.range as [number, number, number])[1]
  const at = text[end - 1] === '\n' ? end : ((next) => (next === -1 ? text.length : next + 1))(text.indexOf('\n', end))
  const before = text.slice(0, at)
  const block = lines.map((line) => `${' '.repeat(column)}${line}\n`).join('')
  const edited = `${before}${before.endsWith('\n') ? '' : '\n'}${block}${text.slice(at)}`
  const value = document.toJS() as { readonly goals: object }
  const added = parse(lines.join('\n')).toJS() as object
  if (!isDeepStrictEqual(parse(edited).toJS(), { ...value, goals: { ...value.goals, ...added } })) throw unfit(lines)
  return edited
}

function parse(text: string): Document {
  return parseDocument(text, { version: '1.2', schema: 'core' })
}

function goalsOf(document: Document): YAMLMap | null {
  const root = document.contents
  if (!isMap(root)) return null
  const goals = root.items.find((item) => isScalar(item.key) && item.key.value === 'goals')?.value
  return isMap(goals) ? goals : null
}

function unfit(lines: readonly string[]): BailiwickError {
  return new BailiwickError('USAGE', 'the goal has no place in the manifest that it could be written to', {
    mend: `write this under \`goals:\` yourself:\n${lines.map((line) => `  ${line}`).join('\n')}`,
  })
}
