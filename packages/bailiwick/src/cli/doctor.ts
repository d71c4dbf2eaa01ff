import type { Command } from 'commander'
import pc from 'picocolors'
import { action, command } from './command.ts'
import { installationChecks } from './doctor/installation-checks.ts'
import { credentialChecks } from './doctor/credential-checks.ts'
import { secretChecks, portCheck, rulesCheck } from './doctor/manifest-checks.ts'
import type { Check } from './doctor/check.ts'
import { nodeCheck } from './doctor/check.ts'
import { readDeclared } from './doctor/read-declared.ts'
import { toolboxCheck } from './doctor/toolbox-check.ts'
import { trustChecks } from './doctor/trust-checks.ts'
import { witnessChecks } from './doctor/witness-checks.ts'
import { stateFolder } from './installation.ts'
import { safe } from './output.ts'

export function doctorCommand(): Command {
  return command('doctor', 'look for what is wrong with this installation')
    .description(
      'Checks the installation part by part, and says for each that is broken how to mend it. Makes nothing that is not there. Exit code 1 when a check fails.',
    )
    .option('--offline', 'do not start the servers, and ask no witness and no authorisation server')
    .action(
      action(async ({ output, locations }, options: { offline?: boolean }) => {
        const manifest = readDeclared(locations.manifest)
        const checks: Check[] = []
        const take = (found: readonly Check[]): void => {
          for (const check of found) {
            checks.push(check)
            output.text(checkText(check))
          }
        }
        take([nodeCheck(process.versions.node), rulesCheck(locations.manifest)])
        take(await installationChecks(stateFolder(locations), manifest?.trustDomain ?? null))
        if (manifest !== null) {
          take(await witnessChecks(manifest, locations.manifest, stateFolder(locations), options.offline === true))
          take(await secretChecks(manifest, locations.manifest, process.env))
          if (options.offline !== true) take(await credentialChecks(manifest, locations.manifest, process.env))
          take(await trustChecks(manifest, locations.manifest, options.offline === true))
          take([await portCheck(manifest.http.port)])
          if (options.offline !== true)
            for (const name of Object.keys(manifest.toolboxes)) {
              output.progress(`starting ${name}…`)
              const found = await toolboxCheck(name, manifest, locations.manifest, (line) =>
                output.note(pc.dim(safe(line).replaceAll('\n', ' '))),
              )
              output.progress(null)
              take([found])
            }
        }
        const ok = checks.every((check) => check.ok)
        output.data({ ok, checks })
        return ok ? 0 : 1
      }),
    )
}

function checkText({ name, ok, detail, mend }: Check): string {
  const line = `${ok ? pc.green('✓') : pc.red('✗')} ${pc.bold(safe(name))}  ${safe(detail).replaceAll('\n', '\n    ')}`
  return ok || mend === null ? line : `${line}\n    ${safe(mend).replaceAll('\n', '\n    ')}`
}
