import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { OutputCheck } from '../../model/output-check.ts'
import { redactionText } from '../../model/redaction.ts'
import type { Redaction } from '../../model/redaction.ts'
import type { TextSearch } from '../../model/regular-expression.ts'
import { readJsonText, writeJsonText } from './json-text.ts'
import { kindDetectors } from './kind-detectors.ts'
import type { KindDetectors } from './kind-detectors.ts'
import { placeholder } from './redact-text.ts'
import { ValueRedactor } from './redact-value.ts'
import { RedactionTally } from './redaction-tally.ts'
import { withoutLiterals } from './remove-literals.ts'
import type { LiteralOptions } from './remove-literals.ts'
import { changeParts, emptied } from './result-parts.ts'
import { standIn } from './stand-in.ts'

const inParts: LiteralOptions = { numbers: true, instead: (rest) => rest }
const asPlaceholders: LiteralOptions = { numbers: false, instead: (rest) => rest }
/** A text that has a form as a whole gets one of that form. */
const asStandIns: LiteralOptions = {
  numbers: false,
  instead: (rest, text) => {
    const form = standIn(null, text)
    return form === placeholder(null) ? rest : form
  },
}

/** A result as the agent may have it; null where nothing of it can be given without breaking what the tool promised. */
export type SanitisedResult = JsonObject | null

/** Takes out of one call, and out of all that comes back from it, what the policies on it name. */
export class Sanitiser {
  readonly #input: readonly Redaction[]
  readonly #output: readonly Redaction[]
  readonly #checkOutput: OutputCheck | null
  readonly #detectors: KindDetectors
  readonly #tally = new RedactionTally()

  constructor(redactions: readonly Redaction[], patterns: ReadonlyMap<string, TextSearch>, checkOutput: OutputCheck | null) {
    this.#input = redactions.filter(({ of }) => of === 'input')
    this.#output = redactions.filter(({ of }) => of === 'output')
    this.#checkOutput = checkOutput
    this.#detectors = kindDetectors(patterns)
  }

  /** How often what was taken out so far, by the path and kind that the policies name. */
  get counts(): Readonly<Record<string, number>> {
    return this.#tally.counts
  }

  /** The arguments as the tool may have them; the very same object when nothing is taken out. */
  arguments(given: JsonObject): JsonObject {
    return this.#input.reduce<Json>((value, redaction) => this.#redactor(redaction, this.#tally).redact(value), given) as JsonObject
  }

  /** The result of `tools/call`, `resources/read` or `prompts/get`, also one that is an error of the tool. */
  result(given: JsonObject): SanitisedResult {
    if (this.#output.length === 0) return given
    for (const standIns of [false, true]) {
      const tally = new RedactionTally()
      const result = this.#sanitised(given, tally, standIns)
      if (!this.#fits(given, result)) continue
      this.#tally.absorb(tally)
      return result
    }
    for (const redaction of this.#output) this.#tally.withheld(redactionText(redaction))
    return null
  }

  /** The error that a toolbox answered with. What a path leads to cannot be found in one: its words are withheld then. */
  error<E extends { readonly message: string; readonly data: unknown }>(given: E): E {
    if (this.#output.length === 0) return given
    if (!this.#looksIntoWords) return { ...given, message: this.#withheldWords(), data: undefined }
    const { message, data } = this.#wordsOf({ message: given.message, data: (given.data ?? null) as Json })
    return { ...given, message, data: given.data === undefined ? undefined : data }
  }

  /**
   * What a toolbox says beside its result: progress, log messages, questions, and the words of a fault. Null when it is to be
   * withheld, because a policy takes out what a path leads to, which cannot be found in such words.
   */
  words<T extends Json>(given: T): T | null {
    if (this.#output.length === 0) return given
    if (!this.#looksIntoWords) {
      this.#withheldWords()
      return null
    }
    return this.#wordsOf(given)
  }

  /** Whether every redaction is of a kind that can be found in any words. */
  get #looksIntoWords(): boolean {
    return this.#output.every(({ path, kind }) => path.length === 0 && kind !== null)
  }

  #withheldWords(): string {
    for (const redaction of this.#output) this.#tally.withheld(redactionText(redaction))
    return placeholder(null)
  }

  #wordsOf<T extends Json>(given: T): T {
    return this.#output.reduce<Json>((value, redaction) => this.#redactor(redaction, this.#tally).redact(value), given) as T
  }

  #redactor(redaction: Redaction, tally: RedactionTally, standIns = false): ValueRedactor {
    return new ValueRedactor(redaction, { detectors: this.#detectors, tally, standIns })
  }

  #fits(given: JsonObject, { structuredContent }: JsonObject): boolean {
    if (structuredContent === undefined || structuredContent === given['structuredContent'] || this.#checkOutput === null) return true
    return this.#checkOutput(structuredContent)
  }

  #sanitised(given: JsonObject, tally: RedactionTally, standIns: boolean): JsonObject {
    const repeated = new Set<string>()
    const result = this.#output.reduce((before, redaction) => {
      const own = new RedactionTally()
      const redactor = this.#redactor(redaction, own, standIns)
      const { structuredContent, ...parts } = before
      const structured = structuredContent === undefined ? undefined : redactor.redact(structuredContent)
      const rest = this.#parts(parts, redaction, redactor, own, structured !== undefined && redactor.reached)
      tally.absorb(own)
      if (redaction.path.length > 0) for (const value of own.values) repeated.add(value)
      return structured === undefined ? rest : { ...rest, structuredContent: structured }
    }, given)
    const { structuredContent } = result
    if (structuredContent === undefined) return result
    // Last, so that no redaction meets a value of which another has taken a part.
    return { ...result, structuredContent: withoutLiterals(structuredContent, repeated, standIns ? asStandIns : asPlaceholders) }
  }

  /** The parts of a result beside its structured content. `foundIn` says that the path led somewhere in that. */
  #parts(parts: JsonObject, redaction: Redaction, redactor: ValueRedactor, tally: RedactionTally, foundIn: boolean): JsonObject {
    const name = redactionText(redaction)
    const withheld = (what: string): string => {
      tally.withheld(name)
      return `[redacted: ${what} withheld, it cannot be looked into]`
    }
    if (redaction.path.length > 0) {
      const changed = changeParts(parts, {
        text: (text) => {
          const json = readJsonText(text)
          if (json === null || typeof json.value !== 'object') return foundIn ? text : this.#withheldText(tally, name)
          const redacted = redactor.redact(json.value)
          return redacted === json.value ? text : writeJsonText(redacted, text)
        },
        opaque: (what) => (foundIn ? null : withheld(what)),
      })
      return withoutLiterals(changed, tally.values, inParts)
    }
    if (redaction.kind === null) {
      tally.withheld(name)
      return emptied(parts, placeholder(null))
    }
    const redacted = redactor.redact(changeParts(parts, { text: (text) => text, opaque: withheld }))
    return isJsonObject(redacted) ? redacted : {}
  }

  #withheldText(tally: RedactionTally, name: string): string {
    tally.withheld(name)
    return placeholder(null)
  }
}
