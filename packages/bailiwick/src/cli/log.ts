import { writeFileSync } from 'node:fs'
import { Option } from 'commander'
import type { Command } from 'commander'
import pc from 'picocolors'
import type { DecisionEntry, OutcomeEntry } from '../ledger/entry.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { checkProof, proveEntry } from '../ledger/prove-entry.ts'
import { verifySession } from '../ledger/verify-session.ts'
import { readPolicy } from '../ledger/witness/read-policy.ts'
import { receiptProof } from '../ledger/witness/receipt-proof.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { jsonIn } from '../model/json.ts'
import { letsThrough } from '../model/vocabulary.ts'
import { action, command } from './command.ts'
import { openRecords, stateFolder } from './installation.ts'
import { clockTime, newestFirst, payloadAt, payloadOf, readEntry, summary } from './log/entries.ts'
import type { PlacedEntry, ShownPayload } from './log/entries.ts'
import { schemaCommand } from './log/schema.ts'
import { publishCommand } from './log/publish.ts'
import { rotateKeyCommand } from './log/rotate-key.ts'
import { searchCommand } from './log/search.ts'
import { serveCommand } from './log/serve.ts'
import { tailCommand } from './log/tail.ts'
import { verifyInstalled } from './log/verify-installed.ts'
import { responseText, safe, table } from './output.ts'
import type { Output } from './output.ts'
import { readNamedFile } from './read-named-file.ts'
import { wholeNumber } from './whole-number.ts'

export function logCommand(): Command {
  const log = command('log', 'see, verify and prove what happened').description(
    'The ledger: what was asked, how it was decided, what came of it.',
  )
  for (const one of [
    listCommand(),
    tailCommand(),
    searchCommand(),
    showCommand(),
    verifyCommand(),
    proveCommand(),
    serveCommand(),
    publishCommand(),
    rotateKeyCommand(),
    schemaCommand(),
  ])
    log.addCommand(one)
  return log
}

function listCommand(): Command {
  return command('list', 'list calls with their decisions and outcomes, oldest first')
    .option('--session <id>', 'only of this session')
    .option('--denied', 'only what was not let through')
    .option('--all', 'every entry, not only calls')
    .addOption(new Option('--limit <n>', 'at most so many, the newest').argParser(wholeNumber(1)).default(50))
    .action(
      action(async ({ output, locations }, options: { session?: string; denied?: boolean; all?: boolean; limit: number }) => {
        const installation = await openRecords(locations, output.note)
        const store = installation.ledgerStore
        const outcomes = new Map<string, OutcomeEntry>()
        const wanted: PlacedEntry[] = []
        for await (const one of newestFirst(store, options.session === undefined ? null : await store.indicesOf(options.session))) {
          const { entry } = one
          // What came of a call stands behind it.
          if (entry.type === 'outcome') outcomes.set(entry.call, entry)
          if (options.all !== true && entry.type !== 'decision') continue
          if (options.denied === true && (entry.type !== 'decision' || letsThrough(entry.response))) continue
          wanted.unshift(one)
          if (wanted.length === options.limit) break
        }
        await installation.close()
        output.data(
          wanted.map(({ index, entry }) => ({
            index,
            ...entry,
            ...(entry.type === 'decision' ? { outcome: outcomes.get(entry.call) ?? null } : {}),
          })),
        )
        if (wanted.length === 0) output.text('nothing is in the ledger')
        else if (options.all === true)
          output.text(
            table(
              ['entry', 'time', 'type', 'what'],
              wanted.map(({ index, entry }) => [String(index), clockTime(entry), entry.type, summary(entry)]),
            ),
          )
        else
          output.text(
            table(
              ['entry', 'time', 'agent', 'tool', 'tier', 'response', 'outcome', 'ms', 'reason'],
              wanted.map(({ index, entry }) => callRow(index, entry as DecisionEntry, outcomes)),
            ),
          )
        return 0
      }),
    )
}

function showCommand(): Command {
  return command('show', 'show a call whole: decision, arguments, outcome, result')
    .argument('<call>', 'a call, a session, an approval, or the number of an entry')
    .action(
      action(async ({ output, locations }, subject: string) => {
        const installation = await openRecords(locations, output.note)
        const store = installation.ledgerStore
        const shown = []
        for (const index of await indicesOf(store, subject)) {
          const entry = await readEntry(store, index)
          const performed = entry.type === 'decision' ? await payloadAt(store, index, entry.performed ?? null) : null
          shown.push({ index, entry, payload: await payloadOf(store, { index, entry }), ...(performed === null ? {} : { performed }) })
        }
        await installation.close()
        output.data(shown)
        for (const { index, entry, payload, performed } of shown) {
          output.text(pc.bold(`entry ${index}`))
          output.text(safe(JSON.stringify(entry, null, 2)))
          if (payload !== null) output.text(payloadText('payload', payload))
          if (performed !== undefined) output.text(payloadText('the arguments as the tool got them', performed))
        }
        return 0
      }),
    )
}

function verifyCommand(): Command {
  return command('verify', 'check the whole ledger, a session, or one proof')
    .description(
      'Recomputes the tree from the entries and compares it with the signed head; or checks a session under that head, or a proof offline. Exit code 1 when something does not fit.',
    )
    .option('--session <id>', 'check this session alone, whatever the size of the ledger')
    .addOption(new Option('--proof <file>', 'check this proof instead; `-` for standard input').conflicts('session'))
    .option('--key <vkey>', "the ledger's public key that you trust")
    .action(
      action(async ({ output, locations }, options: { proof?: string; session?: string; key?: string }) => {
        if (options.proof !== undefined) {
          const answer = await checkProof(jsonIn(Buffer.from(readNamedFile(options.proof)).toString('utf8')) ?? null, options.key ?? null)
          output.data(answer)
          if (answer.ok)
            output.text(
              `${pc.green('proved')} ${safe(JSON.stringify(answer.entry, null, 2))}\n${pc.dim(options.key === undefined ? `signed by ${answer.key}: compare it with the key that you were given` : 'signed by the key that you trust')}`,
            )
          else output.note(`${pc.red('not proved')} ${safe(answer.problem)}`)
          return answer.ok ? 0 : 1
        }
        const installation = await openRecords(locations, output.note)
        if (options.session !== undefined) {
          const report = await verifySession(installation.ledgerStore, installation.ledgerKeys, options.session)
          await installation.close()
          output.data({ ...report, key: installation.ledgerKey })
          if (report.ok)
            output.text(
              `${pc.green('ok')} ${report.entries} entries of the session, ${report.signed} under the signed head: ${report.decisions} decisions, ${report.outcomes} outcomes, ${report.open} open\n${pc.dim(`key  ${installation.ledgerKey}`)}`,
            )
          else noteProblems(output, report.problems)
          return report.ok ? 0 : 1
        }
        const { ledgerStore, ledgerKeys } = installation
        const report = await verifyInstalled(stateFolder(locations), ledgerStore, ledgerKeys, (done, of) =>
          output.progress(`verifying ${done} of ${of} entries`),
        )
        output.progress(null)
        await installation.close()
        output.data({ ...report, key: installation.ledgerKey })
        if (report.ok)
          output.text(
            `${pc.green('ok')} ${report.entries} entries, ${report.signed} under the signed head: ${report.decisions} decisions, ${report.outcomes} outcomes, ${report.open} open\n${pc.dim(`root ${report.root}\nkey  ${installation.ledgerKey}`)}`,
          )
        else noteProblems(output, report.problems)
        return report.ok ? 0 : 1
      }),
    )
}

function proveCommand(): Command {
  return command('prove', 'write a proof of a call that anyone can check offline')
    .argument('<call>', 'a call, or the number of an entry')
    .option('--out <file>', 'where to write it; standard output otherwise')
    .option('--policy <file>', 'under the newest head that this trust policy accepts, as a C2SP tlog-proof')
    .action(
      action(async ({ output, locations }, subject: string, options: { out?: string; policy?: string }) => {
        const policy = options.policy === undefined ? null : readPolicy(options.policy)
        const installation = await openRecords(locations, output.note)
        const { ledger, ledgerStore, ledgerKeys } = installation
        await ledger.signHead()
        const index = (await indicesOf(ledgerStore, subject))[0] as number
        const proof =
          policy === null
            ? `${JSON.stringify(await proveEntry(ledgerStore, ledgerKeys, index), null, 2)}\n`
            : await receiptProof(ledgerStore, index, policy)
        await installation.close()
        if (options.out === undefined) process.stdout.write(proof)
        else writeFileSync(options.out, proof)
        return 0
      }),
    )
}

function noteProblems(output: Output, problems: readonly string[]): void {
  for (const problem of problems.slice(0, 20)) output.note(`${pc.red('problem')} ${safe(problem)}`)
  if (problems.length > 20) output.note(`and ${problems.length - 20} more`)
}

async function indicesOf(store: LedgerStore, subject: string): Promise<readonly number[]> {
  const found = /^\d+$/.test(subject) ? [Number(subject)] : await store.indicesOf(subject)
  if (found.length === 0)
    throw new BailiwickError('LEDGER_ENTRY_UNKNOWN', `the ledger has nothing about \`${subject}\``, {
      mend: '`bailiwick log list --json` has the ids of calls',
    })
  return found
}

function payloadText(name: string, { value, genuine }: ShownPayload): string {
  return `${pc.dim(genuine ? name : `${name}, NOT the one that was committed to`)}\n${safe(JSON.stringify(value, null, 2))}`
}

function callRow(index: number, entry: DecisionEntry, outcomes: ReadonlyMap<string, OutcomeEntry>): string[] {
  const outcome = outcomes.get(entry.call)
  const response = entry.observed === null ? responseText(entry.response) : `${responseText(entry.response)} (would ${entry.observed})`
  return [
    String(index),
    clockTime(entry),
    entry.agent,
    safe(entry.tool),
    entry.tier,
    response,
    outcome?.status ?? (letsThrough(entry.response) ? 'open' : '-'),
    outcome === undefined ? '-' : String(outcome.milliseconds),
    safe(entry.reason.slice(0, 100)),
  ]
}
