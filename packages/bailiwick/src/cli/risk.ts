import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { readHistory } from '../assess/history.ts'
import type { History } from '../assess/history.ts'
import { matricesOf } from '../assess/picture/matrices.ts'
import { matrixSvg } from '../assess/picture/matrix-svg.ts'
import { matrixText } from '../assess/picture/matrix-text.ts'
import { radarSvg } from '../assess/picture/radar-svg.ts'
import { riskHtml } from '../assess/picture/risk-html.ts'
import { advise } from '../assess/risk/advise.ts'
import { assessAgent } from '../assess/risk/assess-agent.ts'
import type { RiskAssessment } from '../assess/risk/assess-agent.ts'
import { controls } from '../assess/risk/controls.ts'
import type { Control } from '../assess/risk/controls.ts'
import { inSameMatrix, isAtLeast, operationalQuadrants, quadrantNamed, strategicQuadrants } from '../assess/risk/quadrants.ts'
import type { Quadrant } from '../assess/risk/quadrants.ts'
import { whatIf } from '../assess/risk/what-if.ts'
import type { WhatIf } from '../assess/risk/what-if.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { readRulesetTexts } from '../model/load-ruleset.ts'
import type { Agent, Ruleset } from '../model/ruleset.ts'
import { action, command } from './command.ts'
import { installedRuleset, openRecords, stateFolder } from './installation.ts'
import type { Locations } from './installation.ts'
import { safe } from './output.ts'
import { assessmentText, whatIfText } from './risk/risk-text.ts'

interface RiskOptions {
  readonly whatIf?: string
  readonly advise?: string | true
  readonly gate?: string
  readonly svg?: string
  readonly html?: string
  readonly history: boolean
}

interface Result {
  readonly assessment: RiskAssessment
  readonly whatIf: WhatIf | null
  /** Null where nothing was asked; `found` is null where not even all five controls are enough. */
  readonly advice: { readonly wanted: Quadrant; readonly found: WhatIf | null } | null
  readonly gate: { readonly wanted: Quadrant; readonly passed: boolean } | null
}

export function riskCommand(): Command {
  return command('risk', 'score the risk of each agent, with the evidence for it')
    .description(
      'Scores each agent in six dimensions from the manifest, the policies and the ledger, and says in which quadrant of both matrices it stands and what that obliges to. Exit code 1 when an agent does not pass `--gate`, or no set of controls does what `--advise` asks.',
    )
    .argument('[agents...]', 'only these; all when none is named')
    .option('--what-if <controls>', `the scores, were these in place: ${controls.join(', ')}; separated by commas, or \`all\``)
    .option('--advise [quadrant]', 'the smallest set of controls that leads to this quadrant or a better one, as a diff (default: managed)')
    .option('--gate <quadrant>', 'exit with 1 when an agent stands in a worse quadrant of the same matrix')
    .option('--svg <folder>', 'write both matrices and a radar of each agent there')
    .option('--html <file>', 'write a report there: one file that needs no server')
    .option('--no-history', 'leave the ledger aside: the configuration alone')
    .action(
      action(async ({ output, locations }, names: readonly string[], options: RiskOptions) => {
        const wanted = {
          controls: options.whatIf === undefined ? null : controlsIn(options.whatIf),
          advice: options.advise === undefined ? null : quadrantIn(options.advise === true ? 'managed' : options.advise),
          gate: options.gate === undefined ? null : quadrantIn(options.gate),
        }
        const ruleset = installedRuleset(locations)
        const texts = readRulesetTexts(locations.manifest)
        const history = options.history ? await recordedHistory(locations, output.note) : null
        const results = agentsNamed(ruleset, names).map((agent): Result => {
          const past = history?.agents.get(agent.name) ?? null
          const assessment = assessAgent(ruleset, agent, past)
          return {
            assessment,
            whatIf: wanted.controls === null ? null : whatIf(texts, ruleset, agent, wanted.controls, past),
            advice: wanted.advice === null ? null : { wanted: wanted.advice, found: advise(texts, ruleset, agent, wanted.advice, past) },
            gate:
              wanted.gate === null
                ? null
                : { wanted: wanted.gate, passed: isAtLeast(inSameMatrix(assessment.quadrants, wanted.gate), wanted.gate) },
          }
        })
        const assessments = results.map(({ assessment }) => assessment)
        if (options.svg !== undefined) writePictures(options.svg, assessments)
        if (options.html !== undefined)
          written(
            options.html,
            riskHtml(assessments, { title: `Risk of agents in ${ruleset.manifest.trustDomain}`, digest: ruleset.digest }),
          )
        output.data(results.map(dataOf))
        for (const matrix of matricesOf(assessments)) output.text(`${matrixText(matrix, safe)}\n`)
        for (const result of results) output.text(`${resultText(result)}\n`)
        return results.every(({ gate, advice }) => gate?.passed !== false && advice?.found !== null) ? 0 : 1
      }),
    )
}

/** What the ledger tells, if there is one. */
async function recordedHistory(locations: Locations, report: (line: string) => void): Promise<History | null> {
  if (!existsSync(join(stateFolder(locations), 'bailiwick.db'))) return null
  const records = await openRecords(locations, report)
  try {
    return await readHistory(records.ledgerStore)
  } finally {
    await records.close()
  }
}

function agentsNamed(ruleset: Ruleset, names: readonly string[]): readonly Agent[] {
  if (names.length === 0) return [...ruleset.agents.values()]
  return names.map((name) => {
    const agent = ruleset.agents.get(name)
    if (agent === undefined)
      throw new BailiwickError('AGENT_UNKNOWN', `the manifest declares no agent \`${name}\``, {
        mend: `it declares ${[...ruleset.agents.keys()].join(', ')}`,
      })
    return agent
  })
}

function controlsIn(text: string): readonly Control[] {
  const names = text.trim() === 'all' ? [...controls] : text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !(controls as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new BailiwickError('USAGE', `\`${unknown}\` is no control`, { mend: `the controls are ${controls.join(', ')}` })
  return controls.filter((control) => names.includes(control))
}

function quadrantIn(text: string): Quadrant {
  const quadrant = quadrantNamed(text)
  if (quadrant === null)
    throw new BailiwickError('USAGE', `\`${text}\` is no quadrant`, {
      mend: `the quadrants are ${[...strategicQuadrants, ...operationalQuadrants].join(', ')}`,
    })
  return quadrant
}

function writePictures(folder: string, assessments: readonly RiskAssessment[]): void {
  const [strategic, operational] = matricesOf(assessments)
  written(join(folder, 'strategic.svg'), matrixSvg(strategic), folder)
  written(join(folder, 'operational.svg'), matrixSvg(operational))
  for (const assessment of assessments) written(join(folder, `radar-${assessment.agent}.svg`), radarSvg(assessment))
}

function written(file: string, text: string, folder: string | null = null): void {
  try {
    if (folder !== null) mkdirSync(folder, { recursive: true })
    writeFileSync(file, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new BailiwickError('USAGE', `\`${file}\` cannot be written: ${code}`, {
      mend: 'name a place that can be written to',
      cause: error,
    })
  }
}

function dataOf({ assessment, whatIf: supposed, advice, gate }: Result): unknown {
  return {
    ...assessment,
    ...(supposed === null ? {} : { whatIf: whatIfData(supposed) }),
    ...(advice === null
      ? {}
      : { advice: { wanted: advice.wanted, ...(advice.found === null ? { controls: null } : whatIfData(advice.found)) } }),
    ...(gate === null ? {} : { gate }),
  }
}

function whatIfData({ controls: set, assessment, diff }: WhatIf): Record<string, unknown> {
  const { dimensions, quadrants, vulnerability, obligations } = assessment
  return { controls: set, dimensions, quadrants, vulnerability, obligations, diff }
}

function resultText({ assessment, whatIf: supposed, advice, gate }: Result): string {
  const parts = [assessmentText(assessment)]
  if (supposed !== null) parts.push(whatIfText(`With ${supposed.controls.join(', ')}`, assessment, supposed))
  if (advice !== null && advice.found === null) parts.push(pc.red(`No set of the five controls leads to ${advice.wanted}.`))
  else if (advice?.found?.controls.length === 0) parts.push(pc.green(`It stands in ${advice.wanted} or better already.`))
  else if (advice?.found) parts.push(whatIfText(`To ${advice.wanted}: ${advice.found.controls.join(', ')}`, assessment, advice.found))
  if (gate !== null)
    parts.push(
      gate.passed ? pc.green(`passes the gate: ${gate.wanted} or better`) : pc.red(`does not pass the gate: ${gate.wanted} or better`),
    )
  return parts.join('\n\n')
}
