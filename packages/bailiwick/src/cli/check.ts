import type { Command } from 'commander'
import pc from 'picocolors'
import { suiteJsonSchema } from '../evals/suite/suite-schema.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { manifestJsonSchema } from '../model/manifest-schema.ts'
import { checkRuleset } from '../model/load-ruleset.ts'
import { action, command } from './command.ts'
import { readAgentSuites, readSuites, agentSuitesFolder, suitesFolder } from './evals/suite-files.ts'
import { diagnosticText } from './output.ts'
import { trustPolicyFindings } from './trust-policy-findings.ts'

export function checkCommand(): Command {
  return command('check', 'check the manifest, its lock, its policies, its trust policy and its suites')
    .description(
      'Reads the manifest, the lock, the policies, the trust policy and the suites, and reports everything that is wrong, each with its place and its mend. Exit code 2 when anything is.',
    )
    .option('--schema', 'print the Cedar schema that policies are checked against')
    .option('--json-schema', 'print the JSON Schema of the manifest, for editors')
    .option('--suite-schema', 'print the JSON Schema of suites, for editors')
    .action(
      action(async ({ output, locations }, options: { schema?: boolean; jsonSchema?: boolean; suiteSchema?: boolean }) => {
        if (options.jsonSchema === true || options.suiteSchema === true) {
          const schema = options.jsonSchema === true ? manifestJsonSchema() : suiteJsonSchema()
          process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`)
          return 0
        }
        const { ruleset, diagnostics: inRules } = checkRuleset(locations.manifest)
        const beside = [...trustPolicyFindings(locations.manifest), ...(ruleset === null ? [] : suiteFindings(locations.manifest, ruleset))]
        const diagnostics = [...inRules, ...beside]
        const ok = ruleset !== null && beside.length === 0
        for (const diagnostic of diagnostics) if (!output.json) output.note(diagnosticText(diagnostic))
        output.data({
          ok,
          digest: ruleset?.digest ?? null,
          diagnostics,
          ...(options.schema === true ? { cedarSchema: ruleset?.cedarSchema ?? null } : {}),
        })
        if (!ok) return 2
        if (options.schema === true) output.text(ruleset.cedarSchema.trimEnd())
        else {
          const own = [...ruleset.policyRules.values()].filter((rule) => rule.place !== null)
          const counts = [
            counted(ruleset.agents.size, 'agent'),
            counted(ruleset.goals.size, 'goal'),
            `${counted(ruleset.tools.size, 'tool')} in ${counted(ruleset.toolboxes.size, 'toolbox', 'toolboxes')}`,
            counted(own.length, 'policy', 'policies'),
            ...(ruleset.facts.size === 0 ? [] : [counted(ruleset.facts.size, 'fact')]),
          ]
          output.text(`${pc.green('ok')} ${counts.join(', ')}\n${pc.dim(ruleset.digest)}`)
        }
        return 0
      }),
    )
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** What is wrong with the suites and kept cases that belong to a manifest. */
function suiteFindings(manifest: string, ruleset: Ruleset): readonly Diagnostic[] {
  return [
    () => readAgentSuites(agentSuitesFolder(manifest, undefined), ruleset),
    () => readSuites(suitesFolder(manifest, undefined), ruleset),
  ].flatMap((read) => {
    try {
      read()
      return []
    } catch (error) {
      if (error instanceof BailiwickError && error.diagnostics.length > 0) return error.diagnostics
      throw error
    }
  })
}
