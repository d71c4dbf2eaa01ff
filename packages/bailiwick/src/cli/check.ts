import type { Command } from 'commander'
import pc from 'picocolors'
import { manifestJsonSchema } from '../model/manifest-schema.ts'
import { checkRuleset } from '../model/load-ruleset.ts'
import { action, command } from './command.ts'
import { diagnosticText } from './output.ts'

export function checkCommand(): Command {
  return command('check', 'check the manifest, its lock and its policies')
    .description(
      'Reads the manifest, the lock and the policies, and reports everything that is wrong, each with its place and its mend. Exit code 2 when anything is.',
    )
    .option('--schema', 'print the Cedar schema that policies are checked against')
    .option('--json-schema', 'print the JSON Schema of the manifest, for editors')
    .action(
      action(async ({ output, locations }, options: { schema?: boolean; jsonSchema?: boolean }) => {
        if (options.jsonSchema === true) {
          process.stdout.write(`${JSON.stringify(manifestJsonSchema(), null, 2)}\n`)
          return 0
        }
        const { ruleset, diagnostics } = checkRuleset(locations.manifest)
        for (const diagnostic of diagnostics) if (!output.json) output.note(diagnosticText(diagnostic))
        output.data({
          ok: ruleset !== null,
          digest: ruleset?.digest ?? null,
          diagnostics,
          ...(options.schema === true ? { cedarSchema: ruleset?.cedarSchema ?? null } : {}),
        })
        if (ruleset === null) return 2
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
