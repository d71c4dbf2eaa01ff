import type { JsonObject } from '../../model/json.ts'
import { searchPattern } from '../../model/regular-expression.ts'
import { compileSchema } from '../../model/input-check.ts'
import type { AnswerExpectation, ExpectationFailure, TextExpectation } from './expectations.ts'
import type { RunTrace } from './run-trace.ts'

/** What a text is not as expected. `what` names it in messages. */
export function textFailures(
  { contains = [], lacks = [], matches = [] }: TextExpectation,
  text: string,
  what: string,
  path: ExpectationFailure['path'],
): ExpectationFailure[] {
  const failure = (message: string, ...at: (string | number)[]): ExpectationFailure => ({
    message,
    path: [...path, ...at],
    rule: null,
    tool: null,
  })
  return [
    ...contains.flatMap((part, index) => (text.includes(part) ? [] : [failure(`${what} does not contain \`${part}\``, 'contains', index)])),
    ...lacks.flatMap((part, index) => (text.includes(part) ? [failure(`${what} contains \`${part}\``, 'lacks', index)] : [])),
    ...matches.flatMap((pattern, index) =>
      searchPattern(pattern).ranges(text).length > 0 ? [] : [failure(`nothing in ${what} matches \`${pattern}\``, 'matches', index)],
    ),
  ]
}

/** What the final answer is not as expected. */
export function answerFailures(expectation: AnswerExpectation, { answer, fault }: RunTrace): ExpectationFailure[] {
  const { schema, given } = expectation
  const failure = (message: string, ...at: string[]): ExpectationFailure => ({ message, path: ['answer', ...at], rule: null, tool: null })
  const asked = given ?? Object.keys(expectation).some((key) => expectation[key as keyof AnswerExpectation] !== undefined)
  if (answer === null) return asked ? [failure(`the agent gave no answer${fault === null ? '' : `: ${fault}`}`)] : []
  if (given === false) return [failure('the agent gave an answer where none is expected', 'given')]
  return [
    ...textFailures(expectation, answer, 'the answer', ['answer']),
    ...(schema === undefined ? [] : schemaFailures(schema, answer, failure)),
  ]
}

function schemaFailures(
  schema: JsonObject,
  answer: string,
  failure: (message: string, ...at: string[]) => ExpectationFailure,
): ExpectationFailure[] {
  let value: unknown
  try {
    value = JSON.parse(answer)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return [failure(`the answer is not JSON: ${error.message}`, 'schema')]
  }
  const validate = compileSchema(schema)
  if (validate(value)) return []
  const [error] = validate.errors ?? []
  const where =
    error === undefined || error.instancePath === ''
      ? 'the answer'
      : `\`${error.instancePath.slice(1).replaceAll('/', '.')}\` of the answer`
  return [failure(`${where} ${error?.message ?? 'does not fit its schema'}`, 'schema')]
}
