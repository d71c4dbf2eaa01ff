import { isJsonObject } from '../../model/json.ts'
import type { Caller } from './caller.ts'
import { evaluate, unanswered } from './evaluate.ts'
import type { Answer } from './evaluate.ts'
import { isRefusal, readBoxcar, readEvaluation } from './evaluation-request.ts'
import type { Refusal } from './evaluation-request.ts'

/** Several evaluations in one request, decided one after the other; without any, the one that the request itself is. */
export async function evaluateAll(caller: Caller, body: unknown): Promise<Answer | { readonly evaluations: readonly Answer[] } | Refusal> {
  const boxcar = readBoxcar(body)
  if (isRefusal(boxcar)) return boxcar
  const { evaluations = [], options, subject, action, resource, context } = boxcar
  if (evaluations.length === 0) return evaluateOne(caller, body)
  const defaults = { subject, action, resource, context }
  const semantic = options?.evaluations_semantic ?? 'execute_all'
  const answers: Answer[] = []
  for (const one of evaluations) {
    // Nobody hears of the rest, so nothing of it may be used up.
    if (caller.signal.aborted) break
    const answer = await evaluateItem(caller, isJsonObject(one) ? { ...defaults, ...one } : one)
    answers.push(answer)
    if (semantic === (answer.decision ? 'permit_on_first_permit' : 'deny_on_first_deny')) break
  }
  return { evaluations: answers }
}

/** A request of the Access Evaluation API. */
export async function evaluateOne(caller: Caller, body: unknown): Promise<Answer | Refusal> {
  const request = readEvaluation(body)
  return isRefusal(request) ? request : evaluate(caller, request)
}

/** What is wrong with one of several is a denial of that one. */
async function evaluateItem(caller: Caller, item: unknown): Promise<Answer> {
  const answer = await evaluateOne(caller, item)
  if (!isRefusal(answer)) return answer
  await caller.governed.note('refused', 'access evaluation', answer.message)
  return unanswered(answer.status, answer.message)
}
