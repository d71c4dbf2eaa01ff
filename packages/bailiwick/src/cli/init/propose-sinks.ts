import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Sink } from '../../model/vocabulary.ts'
import { wordsOf } from './words.ts'

const wordsOfSinks: readonly (readonly [Sink, string])[] = [
  ['recipient', 'to cc bcc recipient email mail addressee receiver'],
  ['url', 'url uri href link endpoint webhook'],
  ['path', 'path file filename filepath dir directory folder'],
  ['command', 'command cmd script shell'],
  ['query', 'query sql statement'],
  ['account', 'account iban'],
  ['amount', 'amount price total'],
  ['content', 'body content message text subject html markdown caption'],
]
const sinkOfWord: ReadonlyMap<string, Sink> = new Map(
  wordsOfSinks.flatMap(([sink, words]) => words.split(' ').map((word) => [word, sink] as const)),
)
/** What follows the telling word in `recipient_address`, `account_number`, `email_list`. */
const tails = new Set(['address', 'addresses', 'list', 'id', 'ids', 'number', 'name'])
const tailed: ReadonlySet<Sink> = new Set<Sink>(['recipient', 'account', 'path'])
const ends = new Set(['source', 'destination', 'src', 'dest', 'target'])
const longestName = 200

/** The sinks that a tool's arguments seem to be, by the last word of their names and by their types. */
export function proposeSinks(tool: string, schema: JsonObject): ReadonlyMap<string, Sink> {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const found = new Map<string, Sink>()
  for (const [argument, declared] of Object.entries(properties)) {
    if (argument.length > longestName || argument === '__proto__') continue
    const sink = sinkOf(argument, tool)
    if (sink !== null && couldHold(sink, declared)) found.set(argument, sink)
  }
  return found
}

function sinkOf(argument: string, tool: string): Sink | null {
  const words = wordsOf(argument).map((word) => (sinkOfWord.has(word) ? word : word.replace(/s$/, '')))
  const last = words.at(-1) ?? ''
  const sink = sinkOfWord.get(last)
  if (sink !== undefined) return sink
  const before = sinkOfWord.get(words.at(-2) ?? '')
  if (before !== undefined && tailed.has(before) && tails.has(last)) return before
  const toolWords = wordsOf(tool)
  if (ends.has(last) && toolWords.some((word) => /^(file|files|move|copy|rename|directory|folder)$/.test(word))) return 'path'
  if (last === 'code' && words.length === 1 && toolWords.some((word) => /^(run|exec|execute|eval|evaluate)$/.test(word))) return 'command'
  return null
}

/** A text, a list of texts, or whatever the schema does not say; amounts may be numbers. */
function couldHold(sink: Sink, declared: unknown): boolean {
  if (!isJsonObject(declared)) return true
  const types = [declared['type']].flat() as unknown[]
  if (types[0] === undefined || types.includes('string')) return true
  if (sink === 'amount') return types.includes('number') || types.includes('integer')
  return types.includes('array') && (!isJsonObject(declared['items']) || couldHold(sink, declared['items']))
}
