import type { ToolDefinition } from '../../model/pin.ts'
import { effects } from '../../model/vocabulary.ts'
import type { Effect, Sink } from '../../model/vocabulary.ts'
import { proposeSinks } from './propose-sinks.ts'
import { wordsOf } from './words.ts'

/** What a tool seems to do, each part with the reason, for a person to confirm. */
export interface Proposal {
  readonly effect: Effect
  readonly why: string
  readonly labels: ReadonlyMap<string, string>
  readonly sinks: ReadonlyMap<string, Sink>
}

interface Sign {
  readonly effect: Effect
  readonly why: string
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '))

const reads = set(
  'get list read search find describe show view count check lookup info inspect head stat diff tree ls cat grep explain compare summarize browse resolve validate',
)
const verbs: readonly (readonly [Effect, ReadonlySet<string>])[] = [
  [
    'destructive',
    set(
      'delete remove drop destroy purge erase wipe truncate kill terminate uninstall reset revoke exec execute run eval evaluate shell bash prune format clear cancel',
    ),
  ],
  [
    'external',
    set(
      'send post publish email mail notify tweet reply share upload push invite transfer pay purchase order buy submit forward webhook deploy fetch call request http download navigate message sms',
    ),
  ],
  [
    'write',
    set(
      'write create update edit set add insert put move rename save modify append patch copy mkdir make store assign enable disable replace import merge commit',
    ),
  ],
]
/** Verbs that are no nouns too, and so tell even behind a `get_` or a `list_`. */
const plainVerbs = set('delete remove drop destroy purge erase wipe truncate exec execute eval send write update edit insert replace')

/** Proposes how to declare a tool. Where the signs disagree, or there are none, the stricter is proposed. */
export function proposeTool(definition: ToolDefinition): Proposal {
  const sinks = proposeSinks(definition.name, definition.inputSchema)
  const { effect, why } = effectOf(definition, new Set(sinks.values()))
  return { effect, why, labels: labelsOf(definition, effect, new Set(sinks.values())), sinks }
}

function effectOf(definition: ToolDefinition, sinks: ReadonlySet<Sink>): Sign {
  const hinted = byHints(definition)
  const named = byName(definition.name)
  const signs = [hinted, named, ...bySinks(sinks, hinted, named)].filter((sign) => sign !== null)
  if (signs.length === 0) return { effect: 'destructive', why: 'nothing says what it does, so the strictest' }
  const strictest = signs.reduce((a, b) => (effects.indexOf(b.effect) > effects.indexOf(a.effect) ? b : a))
  if (hinted?.effect === 'read' && strictest.effect !== 'read')
    return { ...strictest, why: `${strictest.why}, though its server says that it only reads` }
  return strictest
}

/** Hints of the server, with the defaults that MCP gives them. */
function byHints({ annotations = {} }: ToolDefinition): Sign | null {
  if (annotations['readOnlyHint'] === true) return { effect: 'read', why: 'its server says that it only reads' }
  if (annotations['destructiveHint'] === true) return { effect: 'destructive', why: 'its server says that it may destroy' }
  if (annotations['destructiveHint'] === false)
    return annotations['openWorldHint'] === true
      ? { effect: 'external', why: 'its server says that it reaches beyond itself' }
      : { effect: 'write', why: 'its server says that it changes things without destroying any' }
  if (annotations['readOnlyHint'] === false)
    return { effect: 'destructive', why: 'its server says that it changes things, and not that it destroys none' }
  return null
}

function byName(name: string): Sign | null {
  const words = wordsOf(name)
  const telling = words.findIndex((word) => reads.has(word) || verbs.some(([, known]) => known.has(word)))
  const first = words[telling]
  if (first === undefined) return null
  const reading = reads.has(first)
  for (const [effect, known] of verbs) {
    const found = words.find((word) => known.has(word) && (!reading || plainVerbs.has(word)))
    if (found !== undefined) return { effect, why: `its name says \`${found}\`` }
  }
  return { effect: 'read', why: `its name says \`${first}\`` }
}

function bySinks(sinks: ReadonlySet<Sink>, hinted: Sign | null, named: Sign | null): (Sign | null)[] {
  const saysRead = hinted?.effect === 'read'
  return [
    sinks.has('command') ? { effect: 'destructive', why: 'it takes a command' } : null,
    // A search takes a query too; one that is carried out as SQL can change anything.
    sinks.has('query') && !saysRead && named?.effect !== 'read'
      ? { effect: 'destructive', why: 'it takes a query, which may change things' }
      : null,
    sinks.has('url') ? { effect: 'external', why: 'it takes an address, which can carry data out' } : null,
    sinks.has('recipient') && !saysRead ? { effect: 'external', why: 'it takes a recipient' } : null,
  ]
}

const labelSigns: readonly (readonly [string, ReadonlySet<string>])[] = [
  ['pii', set('contact contacts customer customers person people user users employee employees patient patients profile profiles')],
  ['finance', set('invoice invoices payment payments transaction transactions balance bank salary revenue sales')],
  ['secret', set('secret secrets credential credentials password passwords vault')],
]
const outside = set(
  'web fetch browse browser http url email emails mail inbox message messages issue issues comment comments page pages chat',
)

function labelsOf({ name, annotations = {} }: ToolDefinition, effect: Effect, sinks: ReadonlySet<Sink>): ReadonlyMap<string, string> {
  const words = wordsOf(name)
  const labels = new Map<string, string>()
  const stranger = words.find((word) => outside.has(word))
  if (annotations['openWorldHint'] === true) labels.set('untrusted', 'its server says that it reaches beyond itself')
  else if (sinks.has('url')) labels.set('untrusted', 'what an address leads to can be anything')
  else if (stranger !== undefined) labels.set('untrusted', `\`${stranger}\` may hold what strangers wrote`)
  else if (sinks.has('path') && effect === 'read') labels.set('untrusted', 'files may hold what strangers wrote')
  for (const [label, known] of labelSigns) {
    const found = words.find((word) => known.has(word))
    if (found !== undefined) labels.set(label, `its name says \`${found}\``)
  }
  return labels
}
