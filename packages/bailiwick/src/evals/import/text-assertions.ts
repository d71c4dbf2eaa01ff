import { parseDocument } from 'yaml'
import { compileSchema } from '../../model/input-check.ts'
import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'
import { searchPattern } from '../../model/regular-expression.ts'
import { notCarried } from './assertion.ts'
import type { Carried, NotCarried, PromptfooAssertion } from './assertion.ts'

type Import = (assertion: PromptfooAssertion) => Carried | NotCarried

/** Imports of what promptfoo asserts about the answer, its cost and its time, by type without `not-`. */
export const textImports: ReadonlyMap<string, Import> = new Map([
  ['contains', (one) => texts(one, 'all', 'contains')],
  ['contains-all', (one) => texts(one, 'all', 'contains')],
  ['contains-any', (one) => texts(one, 'any', 'contains')],
  ['icontains', (one) => texts(one, 'all', 'icontains')],
  ['icontains-all', (one) => texts(one, 'all', 'icontains')],
  ['icontains-any', (one) => texts(one, 'any', 'icontains')],
  ['starts-with', startsWith],
  ['equals', equals],
  ['regex', regex],
  ['is-json', isJson],
  ['contains-json', () => notCarried('that JSON stands somewhere in the answer cannot be expected', 'use `is-json`, or `answer.schema`')],
  ['cost', cost],
  ['latency', latency],
])

const noNegation = notCarried(
  'a pattern that must not be found cannot be expected of the answer',
  'say with `answer.lacks` or a canary what must not be in it',
)

function texts(assertion: PromptfooAssertion, how: 'all' | 'any', what: 'contains' | 'icontains'): Carried | NotCarried {
  const { value, negated, base } = assertion
  const items = base === what ? [value] : typeof value === 'string' ? separated(value) : value
  if (!Array.isArray(items) || items.length === 0 || !items.every(isContained))
    return notCarried('its value is no text', 'give it a text, or a list of texts where it takes one')
  const parts = items.map(String)
  // That not all are there, or not any, is the same of one text.
  if (negated) {
    if (how === 'all' && parts.length > 1)
      return notCarried('that one of several texts is missing cannot be expected', 'expect of one of them that the answer `lacks` it')
    return what === 'contains' ? { lacks: parts } : noNegation
  }
  if (what === 'contains' && (how === 'all' || parts.length === 1)) return { contains: parts }
  const flags = what === 'icontains' ? '(?i)' : ''
  return matching(how === 'all' ? parts.map((part) => `${flags}${quoted(part)}`) : [`${flags}(?:${parts.map(quoted).join('|')})`])
}

function isContained(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || (typeof value === 'number' && Number.isFinite(value))
}

/** The texts of a list in one text, as promptfoo reads it: separated by commas, perhaps in double quotes. Null when a quote is not closed. */
function separated(text: string): string[] | null {
  const found: string[] = []
  const field = /[\s,]*(?:"((?:[^"\\]|\\["\\]|\\(?!["\\])|"")*)"\s*(?=,|$)|([^",\s][^,]*)|$)/y
  while (field.lastIndex < text.length) {
    const match = field.exec(text)
    if (match === null) return null
    const [, inQuotes, plain] = match
    if (inQuotes !== undefined) found.push(inQuotes.replaceAll(/\\(["\\])|"(")/g, '$1$2'))
    else if (plain !== undefined) found.push(plain.trim())
  }
  return found
}

function startsWith({ value, negated }: PromptfooAssertion): Carried | NotCarried {
  if (negated) return noNegation
  return typeof value === 'string' ? matching([`^${quoted(value)}`]) : notCarried('its value is no text', 'give it a text')
}

function equals({ value, negated }: PromptfooAssertion): Carried | NotCarried {
  if (negated) return noNegation
  if (typeof value === 'object' && value !== null) return fitting({ const: value } as JsonObject)
  if (value === undefined || value === null) return notCarried('it has no value', 'give it a value')
  return matching([`^${quoted(typeof value === 'string' ? value : JSON.stringify(value))}$`])
}

function regex({ value, negated }: PromptfooAssertion): Carried | NotCarried {
  if (typeof value !== 'string' || value === '') return notCarried('its value is no pattern', 'give it a pattern')
  if (negated) return /^[\w\s,:;@%&=<>!"'#~/-]+$/.test(value) ? { lacks: [value] } : noNegation
  try {
    // oxlint-disable-next-line no-new -- whether ECMAScript takes it at all
    new RegExp(value)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return notCarried(`its pattern is none: ${error.message}`, 'correct the pattern')
  }
  return readOtherwise.test(value.replaceAll('\\\\', ''))
    ? notCarried('RE2 reads its pattern otherwise than JavaScript does', 'write the pattern for RE2, under `answer.matches`')
    : matching([value])
}

/** What only one of RE2 and ECMAScript without flags knows: escapes of letters, classes in brackets, flags in groups. */
const readOtherwise = /\\[^\W\d_dDwWsSbBnrtfvxuk]|\\u\{|\\0|\[\[:|\[\^?\]|\(\?[a-zA-Z-]/

function isJson({ value, negated }: PromptfooAssertion): Carried | NotCarried {
  if (negated) return notCarried('that the answer is no JSON cannot be expected', 'expect a schema that it should fit')
  if (value === undefined || value === null || value === '') return { schema: {} }
  const schema: unknown = typeof value === 'string' ? schemaIn(value) : value
  if (!isJsonObject(schema)) return notCarried('its schema is no object', 'give it a JSON Schema')
  // Without `$schema`, promptfoo reads draft-07.
  return fitting('$schema' in schema ? schema : { $schema: 'http://json-schema.org/draft-07/schema#', ...schema })
}

function schemaIn(text: string): unknown {
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true })
  return document.errors.length > 0 || text.includes('__proto__') ? null : (document.toJS({ maxAliasCount: 0 }) as unknown)
}

function cost({ threshold, negated }: PromptfooAssertion): Carried | NotCarried {
  if (negated) return notCarried('that a run costs more than an amount cannot be expected', 'leave it out')
  if (typeof threshold !== 'number' || !Number.isFinite(threshold) || threshold < 0)
    return notCarried('it has no `threshold`', 'give it one, in dollars')
  return { cost: threshold, notes: ['what a run costs is known only when `model` has `prices`'] }
}

function latency({ threshold, negated }: PromptfooAssertion): Carried | NotCarried {
  if (negated) return notCarried('that a run takes longer than a time cannot be expected', 'leave it out')
  if (typeof threshold !== 'number' || !(threshold >= 1) || threshold > 999_999_000)
    return notCarried('its `threshold` is no number of milliseconds', 'give it one')
  return { time: Math.floor(threshold), notes: ['it is about the whole run here, not about one answer of a model'] }
}

const longestPattern = 2000

function matching(patterns: readonly string[]): Carried | NotCarried {
  for (const pattern of patterns) {
    if (pattern.length > longestPattern) return notCarried('its text is too long for a pattern', 'look for a shorter text')
    try {
      searchPattern(pattern)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return notCarried(`it cannot be a pattern of RE2: ${error.message}`, 'write one under `answer.matches`')
    }
  }
  return { matches: patterns }
}

function fitting(schema: JsonObject): Carried | NotCarried {
  try {
    compileSchema(schema)
    return { schema }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return notCarried(`its schema cannot be used: ${error.message}`, 'write it in JSON Schema, 2020-12 or draft-07')
  }
}

/** A text as a pattern that finds just this text. */
function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
