import type { Diagnostic } from './diagnostic.ts'
import type { Manifest } from './manifest.ts'
import type { YamlSource } from './yaml-source.ts'

/** Sinks that would be sent nothing, for ever and silently: of agents and labels that nothing declares, and of events that nobody could check. */
export function exportFindings(yaml: YamlSource, manifest: Manifest): Diagnostic[] {
  return [...undeclared(yaml, manifest), ...unnamedIssuer(yaml, manifest)]
}

/** Events are signed as the address under which receivers find the keys. */
function unnamedIssuer(yaml: YamlSource, { export: sinks = [], http }: Manifest): Diagnostic[] {
  const index = sinks.findIndex(({ securityEvents }) => securityEvents !== undefined)
  if (index === -1 || http.publicUrl !== undefined) return []
  return [
    yaml.finding(
      'MANIFEST_REFERENCE',
      ['export', index, 'securityEvents'],
      'security events are signed in the name of `http.publicUrl`, which is not declared',
      'give the address under which receivers reach the keys of this gateway: `http: { publicUrl: https://… }`',
    ),
  ]
}

function undeclared(yaml: YamlSource, manifest: Manifest): Diagnostic[] {
  const labels = new Set(Object.values(manifest.toolboxes).flatMap(({ tools }) => Object.values(tools).flatMap((tool) => tool.labels)))
  const declared = { agents: (name: string) => Object.hasOwn(manifest.agents, name), labels: (name: string) => labels.has(name) }
  return (manifest.export ?? []).flatMap((sink, index) =>
    (['agents', 'labels'] as const).flatMap((kind) =>
      (sink[kind] ?? []).flatMap((name, at) =>
        declared[kind](name)
          ? []
          : [
              yaml.finding(
                'MANIFEST_REFERENCE',
                ['export', index, kind, at],
                `a sink names the ${kind === 'agents' ? 'agent' : 'label'} \`${name}\`, which is not declared`,
                kind === 'agents' ? 'declare it under `agents`, or correct the name' : 'correct the name; labels are declared on tools',
              ),
            ],
      ),
    ),
  )
}
