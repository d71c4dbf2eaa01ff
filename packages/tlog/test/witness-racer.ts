import { formatAddCheckpoint } from '../src/index.ts'
import { DirectoryWitnessStore } from '../src/node/index.ts'
import { headNote, newWitness, proofOf, URL_PREFIX } from './witnessed-log.ts'

/** Drives a witness over the folder given first through one history of the log, true or `forged`, and prints each size it cosigns. */
const forged = process.argv[3] === 'forged'
const { handle } = await newWitness(new DirectoryWitnessStore(process.argv[2]!))
let oldSize = 3
for (let size = 4; size <= 60; size++) {
  const body = formatAddCheckpoint({ oldSize, proof: proofOf(oldSize, size, forged), note: await headNote(size, forged) })
  const answer = await handle(new Request(`${URL_PREFIX}/add-checkpoint`, { method: 'POST', body }))
  if (answer.status === 200) process.stdout.write(`${size}\n`)
  if (answer.status === 200) oldSize = size
  if (answer.status === 409) oldSize = Math.min(size, Number(await answer.text()))
}
