import type { Diagnostic } from './diagnostic.ts'
import type { Manifest } from './manifest.ts'
import type { YamlSource } from './yaml-source.ts'

/** What is wrong with whom agents may delegate to: nobody that is declared, or themselves; and agents that nobody delegates to and that act only then. */
export function delegateFindings(yaml: YamlSource, { agents }: Manifest): Diagnostic[] {
  const found: Diagnostic[] = []
  for (const [name, { delegates = [], delegatedOnly = false }] of Object.entries(agents)) {
    for (const [index, delegate] of delegates.entries()) {
      const path = ['agents', name, 'delegates', index]
      if (delegate === name)
        found.push(yaml.finding('MANIFEST_REFERENCE', path, `the agent \`${name}\` cannot delegate to itself`, 'name another agent'))
      else if (!Object.hasOwn(agents, delegate))
        found.push(
          yaml.finding(
            'MANIFEST_REFERENCE',
            path,
            `the agent \`${name}\` names the delegate \`${delegate}\`, which is not declared`,
            'declare it under `agents`, or correct the name',
          ),
        )
    }
    if (delegatedOnly && !Object.values(agents).some((other) => other.delegates?.includes(name) === true))
      found.push(
        yaml.finding(
          'MANIFEST_REFERENCE',
          ['agents', name, 'delegatedOnly'],
          `the agent \`${name}\` acts by delegation only, and no agent names it among its \`delegates\``,
          'name it among the `delegates` of an agent, or take `delegatedOnly` away',
        ),
      )
  }
  return found
}
