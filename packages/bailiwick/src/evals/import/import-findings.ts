import { byPlace } from '../../model/diagnostic.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import type { YamlPath, YamlSource } from '../../model/yaml-source.ts'

/** What is found in a file while it is imported, each finding once: a default that many tests share is one thing to mend. */
export class ImportFindings {
  readonly #yaml: YamlSource
  readonly #found = new Map<string, Diagnostic>()
  readonly #lines = new Map<string, number>()

  constructor(yaml: YamlSource) {
    this.#yaml = yaml
  }

  /** Whether there was more to report than anybody would read. What came after that is not among {@link all}. */
  get tooMany(): boolean {
    return this.#found.size >= most
  }

  report(severity: Diagnostic['severity'], path: YamlPath, message: string, mend: string, at: 'key' | 'value' = 'value'): void {
    const key = JSON.stringify([path, message])
    if (!this.#found.has(key) && !this.tooMany) this.#found.set(key, this.#yaml.finding('SUITE_INVALID', path, message, mend, at, severity))
  }

  /** Reports every key of an object that an import does not read. */
  unread(value: object, path: YamlPath, known: readonly string[], what: string): void {
    for (const key of Object.keys(value))
      if (!known.includes(key))
        this.report('warning', [...path, key], `\`${key}\` of ${what} is not carried over`, mends[key] ?? otherwise, 'key')
  }

  lineOf(path: YamlPath): number {
    const key = JSON.stringify(path)
    const line = this.#lines.get(key) ?? this.#yaml.lineAndColumn(path).line
    this.#lines.set(key, line)
    return line
  }

  all(): Diagnostic[] {
    return [...this.#found.values()].sort(byPlace)
  }
}

const most = 2000

const otherwise = 'leave it out if it does not matter, or say in the suite what it meant'
const agents = 'put the agent under `underTest` in the suite: a command, a URL, a module or a recorded session'
const transforms = 'expect of the answer as the agent gives it'

const mends: Readonly<Record<string, string>> = {
  provider: agents,
  providers: agents,
  targets: agents,
  transform: transforms,
  postprocess: transforms,
  contextTransform: transforms,
  transformVars: 'write the variables as they should be',
  redteam: 'attack the rules with `bailiwick redteam`',
  extensions: 'prepare what the case needs with mocks under `tools`',
  env: 'give the agent its environment under `underTest`',
  outputPath: 'ask for reports with `--html`, `--junit` and `--out`',
  tracing: 'leave it out: calls are read from the ledger',
  assertScoringFunction: 'say with `severity` which cases block',
}
