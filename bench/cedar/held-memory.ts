// Prints how many bytes a set of rules holds once it is loaded and has answered a request, since some engines compile only then: `node --expose-gc held-memory.ts <subject> <shape> <count>`.
// Heap and external memory (WebAssembly's included) after forced collections, less what there was before loading and after a
// first small set, so that what the engine holds once for all is not counted.
import { shapeCase } from './rules.ts'
import type { Ask } from './rules.ts'
import { subjects } from './subjects.ts'

const [name, shape, count] = process.argv.slice(2) as [string, string, string]
const subject = subjects.find((one) => one.name === name)
if (subject === undefined || globalThis.gc === undefined)
  throw new Error('usage: node --expose-gc held-memory.ts <subject> <shape> <count>')
const whole = shapeCase(shape, Number(count))
const small = await subject.load(shapeCase(shape, 2))
const before = await held()
const loaded = await subject.load(whole)
loaded(whole.asks[0] as Ask).decide()
const after = await held()
// Both are used afterwards, so that neither can have been collected before.
const ask = whole.asks[0] as Ask
if (!loaded(ask).verdict().allowed || !small(ask).verdict().allowed) throw new Error('the first request is denied')
console.log(after - before)

async function held(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    await new Promise(setImmediate)
    globalThis.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
