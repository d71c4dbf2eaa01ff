import type { Diagnostic } from './diagnostic.ts'
import { compileFrame } from './frame.ts'
import type { ConditionDeclaration, FrameDeclaration, InvariantDeclaration, Manifest } from './manifest.ts'
import type { Tool } from './ruleset.ts'
import { shapeAt } from './shape-at.ts'
import { parseValuePath } from './value-path.ts'
import type { YamlPath, YamlSource } from './yaml-source.ts'

/** The tools that an invariant is about. */
export function toolsOfInvariant({ never }: Pick<InvariantDeclaration, 'never'>, tools: ReadonlyMap<string, Tool>): readonly string[] {
  if (typeof never === 'string') return [never]
  if ('effect' in never) return [...tools.values()].filter((tool) => never.effect.includes(tool.declaration.effect)).map(({ key }) => key)
  return never
}

/** The frames of a condition by path. */
export function framesOfCondition(condition: ConditionDeclaration | undefined): readonly (readonly [string, FrameDeclaration])[] {
  return Object.entries(condition ?? {}).flatMap(([path, frame]) =>
    path === 'labels' || path === 'approved' || frame === undefined ? [] : [[path, frame as FrameDeclaration] as const],
  )
}

/** What is wrong with the invariants: tools, labels, arguments and parameters that nothing declares, and patterns that cannot be used. */
export function invariantFindings(yaml: YamlSource, manifest: Manifest, tools: ReadonlyMap<string, Tool>, base: string): Diagnostic[] {
  const found: Diagnostic[] = []
  const labels = new Set([...tools.values()].flatMap((tool) => tool.declaration.labels))
  const report = (path: YamlPath, message: string, mend: string, at: 'key' | 'value' = 'value'): void => {
    found.push(yaml.finding('MANIFEST_REFERENCE', ['invariants', ...path], message, mend, at))
  }
  for (const [name, invariant] of Object.entries(manifest.invariants ?? {})) {
    const about = toolsOfInvariant(invariant, tools)
    for (const tool of about)
      if (!tools.has(tool)) report([name, 'never'], `the tool \`${tool}\` is not in the inventory`, 'declare it, or correct the name')
    for (const side of ['when', 'unless'] as const) {
      for (const label of invariant[side]?.labels ?? [])
        if (!labels.has(label)) report([name, side, 'labels'], `no tool carries the label \`${label}\``, 'correct the name of the label')
      for (const [path, frame] of framesOfCondition(invariant[side])) {
        const at = [name, side, path]
        const value = parseValuePath(path)
        if (value === null || (value.of !== 'input' && value.of !== 'params')) {
          report(at, `\`${path}\` says nothing about a call`, 'write `labels`, `approved`, `input.<argument>` or `params.<name>`', 'key')
          continue
        }
        if (value.of === 'input' && !about.some((tool) => shapeAt(tools.get(tool), value.names) !== null))
          report(at, `none of its tools has an argument \`${value.names.join('.')}\``, 'correct the name of the argument', 'key')
        if (value.of === 'params' && !Object.values(manifest.goals).some((goal) => Object.hasOwn(goal.params, value.names[0])))
          report(at, `no goal has a parameter \`${value.names[0]}\``, 'correct the name of the parameter', 'key')
        found.push(...frameFinding(yaml, ['invariants', ...at], frame, base))
      }
    }
  }
  return found
}

function frameFinding(yaml: YamlSource, path: YamlPath, frame: FrameDeclaration, base: string): Diagnostic[] {
  try {
    compileFrame(frame, base)
    return []
  } catch (error) {
    return [yaml.finding('MANIFEST_TYPE', path, `the frame cannot be used: ${(error as Error).message}`, 'write its pattern in RE2 syntax')]
  }
}
