import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Diagnostic } from '../../model/diagnostic.ts'
import { searchPattern } from '../../model/regular-expression.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { YamlPath, YamlSource } from '../../model/yaml-source.ts'
import { withBase } from '../case/read-cases.ts'
import { ExpectationCheck } from './expectation-findings.ts'
import { unfilled } from './placeholders.ts'
import type { Shared, SuiteFile, WrittenAgentCase } from './suite-file.ts'

/** What a suite refers to and nothing declares. A misspelt tool would be one that is never used, and a case that always passes. */
export function suiteFindings(yaml: YamlSource, suite: SuiteFile, ruleset: Ruleset, folder: string): Diagnostic[] {
  const check = new SuiteCheck(yaml, ruleset, folder)
  check.suite(suite)
  return check.found
}

class SuiteCheck extends ExpectationCheck {
  readonly #folder: string

  constructor(yaml: YamlSource, ruleset: Ruleset, folder: string) {
    super(yaml, ruleset)
    this.#folder = folder
  }

  suite(suite: SuiteFile): void {
    const agent = this.ruleset.manifest.agents[suite.agent]
    const goals = [...this.ruleset.goals.keys()]
    if (agent === undefined)
      this.report(['agent'], `there is no agent \`${suite.agent}\``, 'correct the name, or declare it in the manifest')
    if (!this.ruleset.goals.has(suite.goal))
      this.report(['goal'], `there is no goal \`${suite.goal}\``, `correct the name; the goals are ${goals.join(', ')}`)
    else if (agent?.goals.includes(suite.goal) === false)
      this.report(['goal'], `\`${suite.agent}\` may not pursue \`${suite.goal}\``, 'add it to the `goals` of the agent, or choose another')
    this.#shared(suite, [], suite.canaries ?? {})
    const names = new Set<string>()
    for (const [index, one] of suite.cases.entries()) {
      const path = ['cases', index]
      if (names.has(one.name)) this.report([...path, 'name'], `two cases have the name \`${one.name}\``, 'give each a name of its own')
      names.add(one.name)
      if (one.kind === 'prompt')
        this.#file(one.prompt.file ?? one.prompt.module, [...path, 'prompt', one.prompt.file === undefined ? 'module' : 'file'])
      else this.#params(suite, one.params, one.params === undefined ? ['params'] : [...path, 'params'])
      if (one.kind === 'prompt') this.text(one.expect, [...path, 'expect'])
      if (one.kind === 'policy') for (const [step, { call }] of one.steps.entries()) this.tool(call, [...path, 'steps', step, 'call'])
      if (one.kind === 'safety' || one.kind === 'correctness' || one.kind === 'privacy') this.#agentCase(suite, one, path)
    }
  }

  #agentCase(suite: SuiteFile, one: WrittenAgentCase, path: YamlPath): void {
    const canaries = { ...suite.canaries, ...one.canaries }
    this.#shared(one, path, canaries)
    if ((one.underTest ?? suite.underTest) === undefined)
      this.report(path, `nothing says which agent \`${one.name}\` lets run`, 'add `underTest` to the suite or to the case')
    this.expectations(one.expect, [...path, 'expect'], canaries)
    const params = { ...suite.params, ...one.params }
    for (const text of new Set(unfilled({ ...suite, ...one, cases: null }, { base: '', params, canaries })))
      this.report(path, `nothing stands for \`${text}\``, 'declare the parameter or the canary, or correct the name')
  }

  #shared(shared: Shared, path: YamlPath, canaries: Readonly<Record<string, string>>): void {
    const { underTest, model, tools = {}, inject = [], approvals = [] } = shared
    if (underTest !== undefined && 'module' in underTest) this.#file(underTest.module, [...path, 'underTest', 'module'])
    if (underTest !== undefined && 'command' in underTest) this.#folderAt(underTest.cwd ?? '.', [...path, 'underTest', 'cwd'])
    if (model != null && 'script' in model)
      for (const [index, { when }] of model.script.entries())
        if (when !== undefined) this.pattern(when, [...path, 'model', 'script', index, 'when'], searchPattern)
    for (const [tool, given] of Object.entries(tools)) {
      this.tool(tool, [...path, 'tools', tool], 'key')
      const listed = Array.isArray(given)
      for (const [index, mock] of [given].flat().entries()) {
        const at = [...path, 'tools', tool, ...(listed ? [index] : [])]
        if (mock.fixture !== undefined) this.#file(mock.fixture, [...at, 'fixture'])
        this.frames(tool, mock.when, [...at, 'when'])
      }
    }
    for (const [index, { into }] of inject.entries()) this.tool(into, [...path, 'inject', index, 'into'])
    for (const [index, { tool, with: frames }] of approvals.entries()) {
      this.tool(tool, [...path, 'approvals', index, 'tool'])
      this.frames(tool, frames, [...path, 'approvals', index, 'with'])
    }
    for (const [name, value] of Object.entries(canaries))
      if (Object.entries(canaries).some(([other, text]) => other !== name && text.includes(value)))
        this.report(
          [...path, 'canaries', name],
          `the canary \`${name}\` is a part of another, and would be found with it`,
          'make it a text of its own',
        )
  }

  #params(suite: SuiteFile, own: Shared['params'], path: YamlPath): void {
    const goal = this.ruleset.goals.get(suite.goal)
    const problem = goal?.checkParams(withBase({ ...suite.params, ...own }, '${base}', this.ruleset.base)) ?? null
    if (problem !== null)
      this.report(path, `the parameters of \`${suite.goal}\` do not fit: ${problem}`, 'give `params` as the goal declares them')
  }

  #folderAt(name: string, path: YamlPath): void {
    if (statSync(resolve(this.#folder, name), { throwIfNoEntry: false })?.isDirectory() === true) return
    this.report(path, `there is no folder \`${name}\``, 'correct the path, which begins at the folder of the suite')
  }

  #file(name: string | undefined, path: YamlPath): void {
    if (name === undefined || statSync(resolve(this.#folder, name), { throwIfNoEntry: false })?.isFile() === true) return
    this.report(path, `there is no file \`${name}\``, 'correct the path, which begins at the folder of the suite')
  }
}
