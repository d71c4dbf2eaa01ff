import type { Diagnostic } from './diagnostic.ts'
import { compileFrame, parametersIn } from './frame.ts'
import type { Frame } from './frame.ts'
import { parametersCheck } from './parameter-check.ts'
import type { FrameDeclaration, GoalDeclaration, Manifest } from './manifest.ts'
import { bytes, rate } from './quantity.ts'
import { wholeTextPattern } from './regular-expression.ts'
import type { Goal, Limits } from './ruleset.ts'
import { lookAlike } from './text-hygiene.ts'
import type { YamlSource } from './yaml-source.ts'

/** Checks and compiles the contracts: every tool, parameter and pattern that a goal mentions exists and can be used. */
export function compileGoals(yaml: YamlSource, manifest: Manifest, base: string): { goals: Map<string, Goal>; diagnostics: Diagnostic[] } {
  const goals = new Map<string, Goal>()
  const diagnostics: Diagnostic[] = []
  for (const [name, goal] of Object.entries(manifest.goals)) {
    const compiler = new GoalCompiler(yaml, manifest, base, name, goal)
    goals.set(name, compiler.compile())
    diagnostics.push(...compiler.diagnostics)
  }
  return { goals, diagnostics }
}

class GoalCompiler {
  readonly diagnostics: Diagnostic[] = []
  readonly #yaml: YamlSource
  readonly #manifest: Manifest
  readonly #base: string
  readonly #name: string
  readonly #goal: GoalDeclaration

  constructor(yaml: YamlSource, manifest: Manifest, base: string, name: string, goal: GoalDeclaration) {
    this.#yaml = yaml
    this.#manifest = manifest
    this.#base = base
    this.#name = name
    this.#goal = goal
  }

  compile(): Goal {
    const goal = this.#goal
    const path = ['goals', this.#name]
    for (const [name, parameter] of Object.entries(goal.params))
      if (parameter.pattern !== undefined) this.#pattern([...path, 'params', name, 'pattern'], parameter.pattern)
    const contract = new Map(Object.entries(goal.tools).map(([tool, frames]) => [tool, this.#frames(tool, frames)]))
    for (const tool of contract.keys()) this.#declared([...path, 'tools', tool], tool, 'key')
    for (const [index, tool] of goal.confirm.entries()) this.#contracted([...path, 'confirm', index], tool, 'value')
    for (const tool of Object.keys(goal.limits.rates)) this.#contracted([...path, 'limits', 'rates', tool], tool, 'key')
    return {
      name: this.#name,
      description: goal.description ?? null,
      params: goal.params,
      checkParams: parametersCheck(goal.params),
      contract,
      allow: new Set(goal.allow),
      confirm: new Set(goal.confirm),
      limits: limitsOf(goal),
    }
  }

  #frames(tool: string, frames: GoalDeclaration['tools'][string]): ReadonlyMap<string, Frame> {
    const path = ['goals', this.#name, 'tools', tool]
    const compiled = new Map<string, Frame>()
    for (const [argument, declaration] of Object.entries(frames)) {
      for (const parameter of parametersIn(declaration))
        if (!Object.hasOwn(this.#goal.params, parameter))
          this.#report(
            [...path, argument],
            `\`$${parameter}\` is not a parameter of the goal \`${this.#name}\``,
            'declare it under `params`; a literal text that begins with `$` is written `$$…`',
          )
      if (this.#usable([...path, argument], declaration)) compiled.set(argument, compileFrame(declaration, this.#base))
    }
    return compiled
  }

  /** Whether the patterns and paths of a frame and of the fields in it can be used. */
  #usable(path: readonly (string | number)[], declaration: FrameDeclaration): boolean {
    if (typeof declaration !== 'object') return true
    const fields = Object.entries(declaration.fields ?? {}).map(([name, inner]) => this.#usable([...path, 'fields', name], inner))
    const pattern = declaration.pattern === undefined || this.#pattern([...path, 'pattern'], declaration.pattern)
    const literal = declaration.path?.startsWith('$') !== true
    if (!literal)
      this.diagnostics.push(
        this.#yaml.finding(
          'MANIFEST_TYPE',
          [...path, 'path'],
          `the path \`${declaration.path}\` cannot be a parameter`,
          'write the folder itself; one whose name begins with `$` is written `./$…`',
        ),
      )
    return pattern && literal && fields.every(Boolean)
  }

  #pattern(path: readonly (string | number)[], pattern: string): boolean {
    try {
      wholeTextPattern(pattern)
      return true
    } catch (error) {
      this.diagnostics.push(
        this.#yaml.finding(
          'MANIFEST_TYPE',
          path,
          `the pattern \`${pattern}\` cannot be used: ${(error as Error).message}`,
          'write it in RE2 syntax, which has no look-around and no back references',
        ),
      )
      return false
    }
  }

  #declared(path: readonly (string | number)[], tool: string, at: 'key' | 'value'): boolean {
    const [toolbox, name] = splitTool(tool)
    const declared = this.#manifest.toolboxes[toolbox]?.tools
    if (declared !== undefined && Object.hasOwn(declared, name)) return true
    const all = Object.entries(this.#manifest.toolboxes).flatMap(([box, { tools }]) => Object.keys(tools).map((one) => `${box}.${one}`))
    const near = all.find((other) => lookAlike(other, tool) || other.toLowerCase() === tool.toLowerCase())
    this.#report(
      path,
      `the tool \`${tool}\` is not in the inventory`,
      near === undefined ? `declare it under \`toolboxes.${toolbox}.tools\`, or correct the name` : `did you mean \`${near}\`?`,
      at,
    )
    return false
  }

  #contracted(path: readonly (string | number)[], tool: string, at: 'key' | 'value'): void {
    if (Object.hasOwn(this.#goal.tools, tool)) return
    this.#report(path, `\`${tool}\` is not among the tools of the goal \`${this.#name}\``, 'add it to `tools`, or remove it here', at)
  }

  #report(path: readonly (string | number)[], message: string, mend: string, at: 'key' | 'value' = 'value'): void {
    this.diagnostics.push(this.#yaml.finding('MANIFEST_REFERENCE', path, message, mend, at))
  }
}

function limitsOf(goal: GoalDeclaration): Limits {
  const { calls, resultBytes, minutes, rates, repeats } = goal.limits
  return {
    calls: calls ?? null,
    resultBytes: resultBytes === undefined ? null : bytes(resultBytes),
    lifetime: minutes === undefined ? null : minutes * 60_000,
    rates: new Map(Object.entries(rates).map(([tool, text]) => [tool, rate(text)])),
    repeats,
  }
}

/** Toolbox and tool of a key; the toolbox has no dot in its name, the tool may. */
function splitTool(key: string): [string, string] {
  const dot = key.indexOf('.')
  return [key.slice(0, dot), key.slice(dot + 1)]
}
