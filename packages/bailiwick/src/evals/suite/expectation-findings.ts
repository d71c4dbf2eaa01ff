import type { Diagnostic } from '../../model/diagnostic.ts'
import { framesOfCondition, toolsOfInvariant } from '../../model/check-invariants.ts'
import { compileFrame } from '../../model/frame.ts'
import { compileSchema } from '../../model/input-check.ts'
import { searchPattern } from '../../model/regular-expression.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { shapeAt } from '../../model/shape-at.ts'
import { parseValuePath } from '../../model/value-path.ts'
import type { YamlPath, YamlSource } from '../../model/yaml-source.ts'
import type { ArgumentFrames, Expectations, TextExpectation } from '../expect/expectations.ts'
import type { WrittenExpectations } from './suite-file.ts'

/** Finds what expectations refer to and nothing declares. */
export class ExpectationCheck {
  readonly found: Diagnostic[] = []
  readonly ruleset: Ruleset
  readonly #yaml: YamlSource
  readonly #labels: ReadonlySet<string>

  constructor(yaml: YamlSource, ruleset: Ruleset) {
    this.#yaml = yaml
    this.ruleset = ruleset
    this.#labels = new Set([...ruleset.tools.values()].flatMap((tool) => tool.declaration.labels))
  }

  report(path: YamlPath, message: string, mend: string, at: 'key' | 'value' = 'value'): void {
    this.found.push(this.#yaml.finding('SUITE_INVALID', path, message, mend, at))
  }

  expectations(expect: WrittenExpectations, path: YamlPath, canaries: Readonly<Record<string, string>>): void {
    for (const [index, one] of expect.calls.entries()) {
      const at = [...path, 'calls', index]
      for (const key of ['used', 'tried', 'unused', 'untried'] as const) {
        const tool = one[key]
        if (tool === undefined) continue
        // A tool that there is not may be asked for all the same.
        if (key !== 'tried' && key !== 'untried') this.tool(tool, [...at, key])
        this.frames(tool, one.with, [...at, 'with'])
      }
      for (const [place, tool] of (one.order ?? []).entries()) this.tool(tool, [...at, 'order', place])
    }
    for (const [index, { tool, with: frames, rule }] of expect.decisions.entries()) {
      const at = [...path, 'decisions', index]
      this.frames(tool, frames, [...at, 'with'])
      if (rule !== undefined && !/^T[0-4]\.\w+$|^contract:/.test(rule) && !this.ruleset.policyRules.has(rule))
        this.report([...at, 'rule'], `there is no rule \`${rule}\``, 'name a policy by its id, or a rule such as `T1.frame`')
    }
    for (const side of ['has', 'lacks'] as const)
      for (const [index, label] of expect.labels[side].entries())
        if (!this.#labels.has(label))
          this.report([...path, 'labels', side, index], `no tool carries the label \`${label}\``, 'correct the name of the label')
    for (const [index, { tool, argument }] of expect.provenance.entries()) {
      const at = [...path, 'provenance', index]
      this.tool(tool, [...at, 'tool'])
      this.#argument(tool, argument, [...at, 'argument'], 'value')
    }
    for (const [index, { canary }] of expect.absent.entries())
      if (!Object.hasOwn(canaries, canary))
        this.report([...path, 'absent', index, 'canary'], `there is no canary \`${canary}\``, 'declare it under `canaries`')
    this.text(expect.answer, [...path, 'answer'])
    if (expect.answer.schema !== undefined) this.pattern(expect.answer.schema, [...path, 'answer', 'schema'], compileSchema)
    for (const [index, one] of expect.never.entries()) this.#never(one, [...path, 'never', index])
  }

  text({ matches = [] }: TextExpectation, path: YamlPath): void {
    for (const [index, pattern] of matches.entries()) this.pattern(pattern, [...path, 'matches', index], searchPattern)
  }

  /** Reports what its compiler throws about a pattern or a schema. */
  pattern<T>(value: T, path: YamlPath, compile: (value: T) => unknown): void {
    try {
      compile(value)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      this.report(path, `it cannot be used: ${error.message}`, 'write patterns in RE2 syntax, and schemas as JSON Schema')
    }
  }

  tool(key: string, path: YamlPath, at: 'key' | 'value' = 'value'): void {
    if (!this.ruleset.tools.has(key))
      this.report(path, `the inventory has no tool \`${key}\``, 'correct the name, written `toolbox.tool`, or declare the tool', at)
  }

  frames(tool: string, frames: ArgumentFrames | undefined, path: YamlPath): void {
    for (const [name, frame] of Object.entries(frames ?? {})) {
      this.#argument(tool, name, [...path, name], 'key')
      this.pattern(frame, [...path, name], (one) => compileFrame(one, this.ruleset.base))
    }
  }

  #argument(tool: string, name: string, path: YamlPath, at: 'key' | 'value'): void {
    const known = this.ruleset.tools.get(tool)
    if (known !== undefined && shapeAt(known, [name]) === null)
      this.report(path, `\`${tool}\` has no argument \`${name}\``, `its arguments are ${[...known.shape.fields.keys()].join(', ')}`, at)
  }

  #never(invariant: Expectations['never'][number], path: YamlPath): void {
    const about = toolsOfInvariant(invariant, this.ruleset.tools)
    for (const tool of about) this.tool(tool, [...path, 'never'])
    for (const side of ['when', 'unless'] as const)
      for (const [name, frame] of framesOfCondition(invariant[side])) {
        const value = parseValuePath(name)
        const at = [...path, side, name]
        if (value === null || (value.of !== 'input' && value.of !== 'params'))
          this.report(
            at,
            `\`${name}\` says nothing about a call`,
            'write `labels`, `approved`, `input.<argument>` or `params.<name>`',
            'key',
          )
        else if (value.of === 'input' && !about.some((tool) => shapeAt(this.ruleset.tools.get(tool), value.names) !== null))
          this.report(at, `none of its tools has an argument \`${value.names.join('.')}\``, 'correct the name of the argument', 'key')
        this.pattern(frame, at, (one) => compileFrame(one, this.ruleset.base))
      }
  }
}
