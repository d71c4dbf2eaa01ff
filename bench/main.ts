import { cpus } from 'node:os'
import { cedarBench } from './cedar.ts'
import { runCedarCorpus } from './cedar-corpus.ts'
import { decideBench } from './decide.ts'
import { factsBench } from './facts.ts'
import { identityBench } from './identity.ts'
import { ledgerBench } from './ledger.ts'
import type { Bench, Measurement } from './measurement.ts'
import { mcpBench } from './mcp.ts'
import { redteamBench } from './redteam.ts'

const benches: Readonly<Record<string, Bench>> = {
  cedar: cedarBench,
  decide: decideBench,
  facts: factsBench,
  identity: identityBench,
  ledger: ledgerBench,
  mcp: mcpBench,
  redteam: redteamBench,
}

const args = process.argv.slice(2)
const json = args.includes('--json')
if (args[0] === 'cedar-corpus') process.exit(corpus())
const names = args.filter((arg) => !arg.startsWith('--'))
const unknown = names.find((name) => !Object.hasOwn(benches, name))
if (unknown !== undefined) {
  process.stderr.write(`there is no benchmark \`${unknown}\`; there are ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}
if (!json) console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`)
for (const name of names.length === 0 ? Object.keys(benches) : names) {
  const found: Measurement[] = []
  await (benches[name] as Bench)((measurement) => {
    const whole = { bench: name, ...measurement }
    found.push(whole)
    if (json) console.log(JSON.stringify(whole))
  })
  if (!json) printTable(name, found)
}

function corpus(): number {
  const data = args[args.indexOf('--data') + 1]
  if (args.includes('--data') && data !== undefined) return runCedarCorpus(data, json)
  process.stderr.write('give the folder of the cases: `npm run bench -- cedar-corpus --data <folder>`\n')
  return 2
}

/** A row for each subject of a case, a column for each metric. */
function printTable(name: string, found: readonly Measurement[]): void {
  const metrics = [...new Set(found.map((one) => one.metric))]
  const cases = [...new Set(found.map((one) => one.case))]
  const rows = cases.flatMap((inCase) => {
    const ofCase = found.filter((one) => one.case === inCase)
    return [...new Set(ofCase.map((one) => one.subject))].map((subject) => {
      const cells = metrics.map((metric) => ofCase.find((one) => one.subject === subject && one.metric === metric))
      return [inCase, subject, ...cells.map((one) => (one === undefined ? '' : `${readable(one.value)} ${one.unit}`))]
    })
  })
  const titles = [name, '', ...metrics]
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] as string).length)))
  const line = (row: readonly string[]): string => row.map((text, column) => text.padEnd(widths[column] as number)).join('  ')
  console.log()
  for (const row of [titles, ...rows]) console.log(line(row).trimEnd())
}

/** Three digits, without an exponent. */
function readable(value: number): string {
  return Number(value.toPrecision(3)).toString()
}
