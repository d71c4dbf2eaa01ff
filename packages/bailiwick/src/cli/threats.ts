import { writeFileSync } from 'node:fs'
import { Option } from 'commander'
import type { Command } from 'commander'
import { capabilities } from '../assess/threats/assume.ts'
import type { Capability } from '../assess/threats/assume.ts'
import { compareThreats } from '../assess/threats/compare.ts'
import type { ThreatChanges } from '../assess/threats/compare.ts'
import { graphsSvg } from '../assess/threats/graph-svg.ts'
import { severities } from '../assess/threats/threat-kinds.ts'
import type { Severity } from '../assess/threats/threat-kinds.ts'
import { threatModel } from '../assess/threats/threat-model.ts'
import type { Threat, ThreatModel, ThreatOptions } from '../assess/threats/threat-model.ts'
import { threatsSarif } from '../assess/threats/threats-sarif.ts'
import type { RulesetSources } from '../model/compile-ruleset.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { placeOf } from '../model/diagnostic.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { readRulesetTexts } from '../model/load-ruleset.ts'
import type { RulesetTexts } from '../model/load-ruleset.ts'
import { readManifest } from '../model/read-manifest.ts'
import { YamlSource } from '../model/yaml-source.ts'
import { action, command } from './command.ts'
import { installedRuleset } from './installation.ts'
import { textsAtRevision } from './threats/sources-at-revision.ts'
import { changesText, modelText } from './threats/threats-text.ts'

interface Options {
  readonly since?: string
  readonly assume?: Capability
  readonly severity: Severity
  readonly sarif?: string
  readonly svg?: string
  readonly failOn?: 'open'
}

export function threatsCommand(): Command {
  return command('threats', 'compute the threat model: every attack path that is looked for, tried')
    .description(
      'Puts attacks together from what the contracts allow, tries each step by step on the present rules, and says what cuts it, who has to agree, or what would cut it. Nothing is carried out.',
    )
    .argument('[agents...]', 'only these; all when none is named')
    .option('--since <revision>', 'what became of each attack since the rules of this git revision')
    .addOption(
      new Option('--assume <capability>', 'as if the agents could do this besides, or did what an attacker wants').choices(capabilities),
    )
    .addOption(new Option('--severity <least>', 'leave out what is milder').choices(severities).default('low'))
    .option('--sarif <file>', 'write what is not cut there, as SARIF 2.1.0')
    .option('--svg <file>', 'write the graph of sources, data, acts and flows there')
    .addOption(
      new Option('--fail-on <verdict>', 'exit code 1 when an attack is open or not known; with `--since`, when one was opened').choices([
        'open',
      ]),
    )
    .action(
      action(async ({ output, locations }, agents: readonly string[], options: Options) => {
        const ruleset = installedRuleset(locations)
        for (const name of agents)
          if (!ruleset.agents.has(name))
            throw new BailiwickError('AGENT_UNKNOWN', `there is no agent \`${name}\``, {
              mend: `the agents are ${[...ruleset.agents.keys()].map((one) => `\`${one}\``).join(', ')}`,
            })
        const wanted = { agents, assume: options.assume ?? null, remedies: true }
        const model = modelOf(readRulesetTexts(locations.manifest), wanted)
        const since = options.since
        const changes = since === undefined ? null : changesSince(textsAtRevision(locations.manifest, since), model, wanted, options)
        const threats = model.threats.filter((threat) => isAtLeast(threat, options))
        if (options.sarif !== undefined) written(options.sarif, `${JSON.stringify(threatsSarif({ ...model, threats }), null, 2)}\n`)
        if (options.svg !== undefined) written(options.svg, graphsSvg(model.graphs))
        output.data({ ...model, threats, assume: wanted.assume, changes })
        output.text(changes === null ? modelText(model, threats) : changesText(changes))
        const failing = changes === null ? threats : changes.opened.map(({ threat }) => threat)
        return options.failOn === 'open' && failing.some(({ verdict }) => verdict === 'open' || verdict === 'untried') ? 1 : 0
      }),
    )
}

function changesSince(texts: RulesetTexts, now: ThreatModel, wanted: ThreatOptions, options: Options): ThreatChanges {
  const { opened, closed, unchanged } = compareThreats(modelOf(texts, { ...wanted, remedies: false }), now)
  const kept = (changes: ThreatChanges['opened']): ThreatChanges['opened'] => changes.filter(({ threat }) => isAtLeast(threat, options))
  return { opened: kept(opened), closed: kept(closed), unchanged: kept(unchanged) }
}

function isAtLeast({ severity }: Threat, { severity: least }: Options): boolean {
  return severities.indexOf(severity) >= severities.indexOf(least)
}

function modelOf(texts: RulesetTexts, options: ThreatOptions): ThreatModel {
  const { model, diagnostics } = threatModel(sourcesOf(texts), options)
  if (model === null) throw broken(diagnostics)
  return model
}

function sourcesOf({ file, text, lock, policies, base }: RulesetTexts): RulesetSources {
  const yaml = new YamlSource(file, text)
  const { manifest, diagnostics } = readManifest(yaml)
  if (manifest === null) throw broken(diagnostics)
  return { yaml, manifest, lock, policies, base }
}

function broken(diagnostics: readonly Diagnostic[]): BailiwickError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const first = errors[0] as Diagnostic
  return new BailiwickError(first.code, `${placeOf(first)}: ${first.message}`, { diagnostics: errors, mend: first.mend })
}

function written(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new BailiwickError('USAGE', `\`${file}\` cannot be written: ${(error as Error).message}`, {
      mend: 'name a file in a folder that exists and may be written to',
      cause: error,
    })
  }
}
