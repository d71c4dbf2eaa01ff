import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Tool } from '../../model/ruleset.ts'
import { honestValue } from '../generate/honest-value.ts'

/** Personal data and secrets that belong to nobody, by the kind that finds them. They stand in every result of the lab. */
export const canaries: Readonly<Record<string, string>> = {
  email: 'canary.person@canary-mail.example',
  phone: '+44 20 7946 0958',
  iban: 'GB33BUKB20201555555555',
  card: '4111 1111 1111 1111',
  secret: 'AKIAIOSFODNN7EXAMPLE',
}

/** A result as the tool's server could give it: texts with canaries in them, and structured content where the tool promises some. */
export function sampleResult(tool: Tool | null): JsonObject {
  const text = `Record 1: ${Object.values(canaries).join('; ')}.`
  const schema = tool?.definition?.outputSchema
  const structured =
    schema === undefined
      ? undefined
      : planted(honestValue(schema, undefined, { params: {}, base: '/', root: schema, sink: null, variant: 0 }), text)
  return { content: [{ type: 'text', text }], ...(isJsonObject(structured) ? { structuredContent: structured } : {}) }
}

/** The value with the first text in it that is free replaced. */
function planted(value: Json | undefined, text: string): Json | undefined {
  if (!isJsonObject(value)) return value
  const at = Object.entries(value).find(([, one]) => typeof one === 'string' && one.startsWith('example'))?.[0]
  return at === undefined ? value : { ...value, [at]: text }
}
