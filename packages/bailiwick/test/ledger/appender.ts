import { decision, outcome, ScratchLedger } from './scratch-ledger.ts'

/** A process of its own that appends whole calls to a ledger, several at once: `appender.ts <folder> <name> <calls>`. */
const [folder, name, calls] = process.argv.slice(2) as [string, string, string]
const scratch = new ScratchLedger(folder)
const { ledger } = scratch.open(name)
await Promise.all(
  Array.from({ length: Number(calls) }, async (_, index) => {
    const call = `${name}-${index}`
    await ledger.append(decision(call))
    await ledger.append(outcome(call))
  }),
)
await scratch.close()
