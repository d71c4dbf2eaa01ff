import { Revocations } from '../../src/authority/revocations.ts'
import { SqliteRevocationStore } from '../../src/storage/sqlite/sqlite-revocation-store.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

/** A process of its own that cuts off the agent `clerk`, and is killed between that and its record: `killed-revoker.ts <folder>`. */
const [folder] = process.argv.slice(2) as [string]
const { ledger, database } = new ScratchLedger(folder).open('killed')
ledger.append = () => {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}
await new Revocations(new SqliteRevocationStore(database), ledger, Date.now).revoke(
  { kind: 'agent', id: 'clerk' },
  { by: 'ann', reason: 'it misbehaved' },
)
