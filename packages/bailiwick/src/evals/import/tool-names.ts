import type { Ruleset, Tool } from '../../model/ruleset.ts'
import { notCarried } from './assertion.ts'
import type { NotCarried } from './assertion.ts'

/** What tools of an assertion are looked up in: all that there are, and those that the goal of the suite needs. */
export interface ToolScope {
  readonly ruleset: Ruleset
  readonly goal: string
}

/** Whether a text as a whole is like a pattern with `*` and `?`, whatever the case of its letters. In time of the product of their lengths. */
export function isLike(text: string, pattern: string): boolean {
  const [given, wanted] = [[...text.toLowerCase()], [...pattern.toLowerCase()]]
  let [at, place] = [0, 0]
  let star = -1
  let resume = 0
  while (at < given.length) {
    if (wanted[place] === '*') {
      star = place
      place += 1
      resume = at
    } else if (place < wanted.length && (wanted[place] === '?' || wanted[place] === given[at])) {
      at += 1
      place += 1
    } else if (star === -1) return false
    else {
      place = star + 1
      resume += 1
      at = resume
    }
  }
  while (wanted[place] === '*') place += 1
  return place === wanted.length
}

/** The tools that a name means: by the name that agents are shown, by its own, or by `toolbox.tool`; never none. */
export function toolsLike(pattern: string, { ruleset }: ToolScope): readonly Tool[] | NotCarried {
  const found = [...ruleset.tools.values()].filter((tool) =>
    [tool.shown, tool.name, tool.key].some((name) => name !== null && isLike(name, pattern)),
  )
  return found.length > 0
    ? found
    : notCarried(`no tool of the inventory has a name like \`${pattern}\``, 'correct the name, or declare the tool in the manifest')
}

/** The one tool that a name means. Of several, the one that the goal needs: no other can be let through. */
export function toolLike(pattern: string, scope: ToolScope): Tool | NotCarried {
  const found = toolsLike(pattern, scope)
  if ('refused' in found) return found
  const contract = scope.ruleset.goals.get(scope.goal)?.contract
  const [first, second] = found.length > 1 ? found.filter((tool) => contract?.has(tool.key) === true) : found
  if (first !== undefined && second === undefined) return first
  return notCarried(
    `\`${pattern}\` means any of ${found.map(({ key }) => key).join(', ')}, and an expectation is about one tool`,
    'name one tool, as `toolbox.tool`',
  )
}
