import { BailiwickError } from '../../src/model/bailiwick-error.ts'
import { decision, ScratchLedger } from './scratch-ledger.ts'

/** A process of its own that appends until it cannot, tries once more, and prints what it was told: `filler.ts <folder>`. */
const [folder] = process.argv.slice(2) as [string]
const { ledger } = new ScratchLedger(folder).open('filler')

async function append(call: string): Promise<string | null> {
  try {
    await ledger.append(decision(call))
    return null
  } catch (error) {
    if (!(error instanceof BailiwickError)) throw error
    return `${error.code}: ${error.message}`
  }
}

let acknowledged = 0
let refused: string | null = null
while (refused === null && acknowledged < 100_000) {
  refused = await append(`call_${acknowledged}`)
  if (refused === null) acknowledged += 1
}
const again = await append('once_more')
process.stdout.write(JSON.stringify({ acknowledged, refused, again }))
process.exit(0)
