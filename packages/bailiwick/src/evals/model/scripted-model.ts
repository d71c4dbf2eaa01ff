import { RE2JS } from 're2js'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { ModelTurn } from '../suite/suite.ts'
import type { ModelAnswer, ModelRequest } from './model-server.ts'
import { answerBody, lastWords } from './wire-formats.ts'
import type { Spoken } from './wire-formats.ts'
import { answerStream } from './wire-streams.ts'

/**
 * A model that says what a script says: of the turns left, the first whose `when` is found in what it was told last. A turn is used once.
 * A turn without `when` fits always. Tokens are counted as a quarter of the characters.
 */
export class ScriptedModel {
  readonly #turns: (ModelTurn & { readonly pattern: RE2JS | null })[]
  #said = 0

  constructor(turns: readonly ModelTurn[]) {
    this.#turns = turns.map((turn) => ({
      ...turn,
      pattern: turn.when === undefined ? null : RE2JS.compile(RE2JS.translateRegExp(turn.when)),
    }))
  }

  answer({ format, body, text }: ModelRequest): ModelAnswer {
    if (format === null || body === null) return refusal(404, 'the scripted model answers chat completions, responses and messages only')
    const words = lastWords(format, body)
    const index = this.#turns.findIndex(({ pattern }) => pattern === null || pattern.matcher(words).find())
    const [turn] = index === -1 ? [] : this.#turns.splice(index, 1)
    if (turn === undefined) return refusal(400, `the script of the model has no turn left for: ${words.slice(0, 200)}`)
    const spoken = this.#spoken(turn, words, text.length, typeof body['model'] === 'string' ? body['model'] : 'scripted')
    return body['stream'] === true
      ? { status: 200, type: 'text/event-stream', body: answerStream(format, spoken), fault: null }
      : { status: 200, type: 'application/json', body: JSON.stringify(answerBody(format, spoken)), fault: null }
  }

  #spoken(
    { say, call, with: args = {}, pattern }: ModelTurn & { readonly pattern: RE2JS | null },
    words: string,
    asked: number,
    model: string,
  ): Spoken {
    const groups = groupsOf(pattern, words)
    this.#said += 1
    const spoken = {
      id: String(this.#said),
      model,
      say: say === undefined ? null : withGroups(say, groups),
      call: call === undefined ? null : { name: withGroups(call, groups), arguments: inAll(args, groups) as JsonObject },
    }
    const said = JSON.stringify([spoken.say, spoken.call]).length
    return { ...spoken, inputTokens: Math.ceil(asked / 4), outputTokens: Math.ceil(said / 4) }
  }
}

/** An answer that says why there is none; `fault` makes the run an error. */
function refusal(status: number, message: string): ModelAnswer {
  return { status, type: 'application/json', body: JSON.stringify({ error: { type: 'bailiwick', message } }), fault: message }
}

function groupsOf(pattern: RE2JS | null, words: string): readonly string[] {
  const matcher = pattern?.matcher(words)
  if (matcher?.find() !== true) return []
  return Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? '')
}

function withGroups(text: string, groups: readonly string[]): string {
  return text.replaceAll(/\$(\d)/g, (whole, digit: string) => groups[Number(digit)] ?? whole)
}

function inAll(value: Json, groups: readonly string[]): Json {
  if (typeof value === 'string') return withGroups(value, groups)
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => inAll(one, groups))
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inAll(one, groups)])) : value
}
