import { closeAbandonedCalls, thisInstance } from '../../src/ledger/crash-recovery.ts'
import { ScratchLedger } from './scratch-ledger.ts'

/** A process of its own that starts as a gateway does: `recoverer.ts <folder> <name>` registers, closes abandoned calls and prints how many. */
const [folder, name] = process.argv.slice(2) as [string, string]
const scratch = new ScratchLedger(folder)
const { ledger, store, instances } = scratch.open(name)
await instances.save(thisInstance(name))
process.stdout.write(String(await closeAbandonedCalls(ledger, store, instances)))
await ledger.close()
