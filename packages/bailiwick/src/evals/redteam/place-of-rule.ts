import type { Diagnostic } from '../../model/diagnostic.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { YamlPath, YamlSource } from '../../model/yaml-source.ts'

export type Place = Pick<Diagnostic, 'file' | 'line' | 'column'>

/** Finds where in the files a rule stands, or where it would. */
export class Places {
  readonly #yaml: YamlSource
  readonly #ruleset: Ruleset
  /** The manifest's folder as files are named in messages: empty, or with `/` at its end. */
  readonly #folder: string

  constructor(yaml: YamlSource, ruleset: Ruleset) {
    this.#yaml = yaml
    this.#ruleset = ruleset
    const slash = yaml.file.lastIndexOf('/')
    this.#folder = slash === -1 ? '' : yaml.file.slice(0, slash + 1)
  }

  /** The place of a path in the manifest; of its nearest ancestor where there is none. */
  inManifest(path: YamlPath): Place {
    const { file, line, column } = this.#yaml.finding('MANIFEST_REFERENCE', path, '', '', 'key')
    return { file, line, column }
  }

  /** The place of a policy by its id; null for one that is gone. */
  ofPolicy(id: string): Place | null {
    const place = this.#ruleset.policyRules.get(id)?.place
    if (place === null || place === undefined) return null
    const colon = place.lastIndexOf(':')
    return { file: `${this.#folder}${place.slice(0, colon)}`, line: Number(place.slice(colon + 1)), column: 1 }
  }

  /** Where a goal's contract names a tool, or where it would. */
  ofTool(goal: string, tool: string): Place {
    return this.inManifest(['goals', goal, 'tools', tool])
  }
}
