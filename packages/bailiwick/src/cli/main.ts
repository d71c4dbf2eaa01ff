#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { agentsCommand } from './agents.ts'
import { approvalsCommand, approveCommand, denyCommand } from './approvals.ts'
import { checkCommand } from './check.ts'
import { devCommand } from './dev.ts'
import { doctorCommand } from './doctor.ts'
import { evalCommand } from './eval.ts'
import { exportCommand } from './export/export.ts'
import { fuzzCommand } from './fuzz.ts'
import { initCommand } from './init.ts'
import { inventoryCommand } from './inventory.ts'
import { keysCommand } from './keys.ts'
import { logCommand } from './log.ts'
import { loginCommand } from './login.ts'
import { logoutCommand } from './logout.ts'
import { mcpCommand } from './mcp.ts'
import { modelsCommand } from './models.ts'
import { mockToolboxCommand } from './mock-toolbox.ts'
import { newCommand } from './new/new.ts'
import { consoleOutput, faultData, faultText } from './output.ts'
import { peopleCommand } from './people.ts'
import { pinCommand } from './pin.ts'
import { replayCommand } from './replay.ts'
import { redteamCommand } from './redteam.ts'
import { revokeCommand, stopCommand } from './revoke.ts'
import { riskCommand } from './risk.ts'
import { sessionsCommand } from './sessions.ts'
import { threatsCommand } from './threats.ts'
import { upCommand } from './up.ts'
import { vaultCommand } from './vault.ts'
import { verifyReceiptCommand } from './verify-receipt.ts'
import { witnessCommand } from './witness.ts'

const program = new Command('bailiwick')
  .enablePositionalOptions()
  .description(
    'Stands between AI agents and their tools: each call is decided before it is made, and recorded so that nobody can quietly change it.',
  )
  .version('0.1.0')
  .showHelpAfterError('(`bailiwick --help` shows every command)')
  .addHelpText(
    'after',
    `
To begin:   bailiwick init         find the MCP servers that you use and write bailiwick.yaml
            bailiwick check        see whether it holds together
            bailiwick mcp …        put it between an agent and its tools
            bailiwick log list     see what happened

Exit codes: 0 done · 1 done, and the answer is no · 2 could not be done
`,
  )
for (const one of [
  initCommand(),
  checkCommand(),
  pinCommand(),
  mcpCommand(),
  modelsCommand(),
  upCommand(),
  agentsCommand(),
  keysCommand(),
  sessionsCommand(),
  peopleCommand(),
  loginCommand(),
  logoutCommand(),
  revokeCommand(),
  stopCommand(),
  approvalsCommand(),
  approveCommand(),
  denyCommand(),
  logCommand(),
  verifyReceiptCommand(),
  witnessCommand(),
  exportCommand(),
  vaultCommand(),
  replayCommand(),
  devCommand(),
  newCommand(),
  inventoryCommand(),
  riskCommand(),
  threatsCommand(),
  doctorCommand(),
  evalCommand(),
  redteamCommand(),
  fuzzCommand(),
])
  program.addCommand(one)
program.addCommand(mockToolboxCommand(), { hidden: true })
for (const one of [program, ...program.commands, ...program.commands.flatMap((inner) => inner.commands)]) one.exitOverride()

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '')
    if (error.exitCode !== 0 && error.code !== 'commander.help')
      consoleOutput(process.argv.includes('--json')).data(faultData(new BailiwickError('USAGE', message)))
    process.exitCode = error.exitCode === 0 ? 0 : 2
  } else if (error instanceof BailiwickError) {
    const output = consoleOutput(process.argv.includes('--json'))
    output.data(faultData(error))
    if (!output.json) output.note(faultText(error))
    process.exitCode = 2
  } else {
    // A defect of ours. Node would end with 1, which means that the answer is no.
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(2)
  }
}
