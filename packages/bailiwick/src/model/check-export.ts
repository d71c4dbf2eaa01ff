import type { Diagnostic } from './diagnostic.ts'
import type { Manifest } from './manifest.ts'
import type { YamlSource } from './yaml-source.ts'

/** Agents and labels that a sink is to be sent and that nothing declares: such a sink would be sent nothing, for ever and silently. */
export function exportFindings(yaml: YamlSource, manifest: Manifest): Diagnostic[] {
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
