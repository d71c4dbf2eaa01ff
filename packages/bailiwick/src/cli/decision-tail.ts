import pc from 'picocolors'
import type { LedgerEntry } from '../ledger/entry.ts'
import { modelOf } from '../ledger/export/telling.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { responseText, safe } from './output.ts'

const every = 100

/** Prints each decision, outcome and answer of a model as it is recorded, from the end of the ledger on, and gives every entry, until what this returns is called. */
export async function followDecisions(
  store: LedgerStore,
  print: (line: string) => void,
  onEntry: (index: number, entry: LedgerEntry) => void = () => {},
): Promise<() => Promise<void>> {
  let next = await store.size()
  const tools = new Map<string, string>()
  const look = async (): Promise<void> => {
    for (const body of await store.entries(next, 256)) {
      const entry = JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry
      onEntry(next, entry)
      next += 1
      const line = lineOf(entry, tools)
      if (line !== null) print(line)
    }
  }
  let looking: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, every)
  return async () => {
    clearInterval(timer)
    await looking
    await look()
  }
}

function lineOf(entry: LedgerEntry, tools: Map<string, string>): string | null {
  const time = pc.dim(entry.time.slice(11, 23))
  if (entry.type === 'decision') {
    tools.set(entry.call, entry.tool)
    const why = entry.reason === '' ? entry.rule : `${entry.rule}: ${entry.reason}`
    const would = entry.observed === null ? '' : pc.dim(` (observed; would be ${entry.observed})`)
    return `${time}  ${responseText(entry.response, 8)} ${entry.tier}  ${safe(entry.tool)}  ${pc.dim(safe(why))}${would}`
  }
  if (entry.type === 'model' && entry.event === 'answered') {
    const took = `${entry.milliseconds} ms, ${entry.inputTokens ?? '-'} + ${entry.outputTokens ?? '-'} tokens`
    return `${time}  ${entry.status.padEnd(8)}     ${safe(modelOf(entry))}  ${pc.dim(took)}`
  }
  if (entry.type !== 'outcome') return null
  const took = pc.dim(
    `${entry.milliseconds} ms, ${entry.bytes} bytes${entry.labels.length === 0 ? '' : `, now ${entry.labels.join(', ')}`}`,
  )
  return `${time}  ${entry.status.padEnd(8)}     ${safe(tools.get(entry.call) ?? entry.call)}  ${took}`
}
