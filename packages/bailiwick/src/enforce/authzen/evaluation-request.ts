import { z } from 'zod'
import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'

/** What a request of the Authorization API is refused for, as HTTP says it. */
export interface Refusal {
  readonly status: number
  readonly message: string
}

/** `subject`, `resource`: a type, and an id within it. */
export interface Entity {
  readonly type: string
  readonly id: string
}

/** What the context of a request says to Bailiwick. */
export interface RequestContext {
  /** The session that the caller believes to be in; absent when it leaves that to its token. */
  readonly session?: string | undefined
  /** The obligations that the caller carries out where a permit names them. */
  readonly supported_obligations?: readonly string[] | undefined
  /** How many bytes the caller lets the result have at most; counted as if it had them. */
  readonly result_bytes?: number | undefined
}

/** One access evaluation (AuthZEN Authorization API 1.0), as far as it is read here. */
export interface EvaluationRequest {
  readonly subject: Entity
  readonly action: { readonly name: string; readonly properties?: { readonly arguments?: JsonObject | undefined } | undefined }
  readonly resource: Entity
  readonly context?: RequestContext | undefined
}

type Semantic = 'execute_all' | 'deny_on_first_deny' | 'permit_on_first_permit'

/** Several evaluations, read one by one later, with what they have in common. */
export interface Boxcar {
  readonly subject?: Entity | undefined
  readonly action?: EvaluationRequest['action'] | undefined
  readonly resource?: Entity | undefined
  readonly context?: RequestContext | undefined
  readonly evaluations?: readonly unknown[] | undefined
  readonly options?: { readonly evaluations_semantic?: Semantic | undefined } | undefined
}

interface Search {
  readonly subject: Entity
  readonly context?: RequestContext | undefined
  readonly page?: { readonly token?: string | undefined } | undefined
}

export interface ResourceSearch extends Search {
  readonly action: { readonly name: string }
  readonly resource: { readonly type: string }
}

export interface ActionSearch extends Search {
  readonly resource: Entity
}

// Members that nobody here knows are left out and have no say, as the standard wants it.
const object = z.custom<JsonObject>(isJsonObject, 'must be an object')
const properties = object.optional()
const subject = z.object({ type: z.string(), id: z.string(), properties })
const resource = subject
const action = z.object({ name: z.string(), properties: z.object({ arguments: object.optional() }).optional() })
const context = z.object({
  session: z.string().optional(),
  supported_obligations: z.array(z.string()).optional(),
  result_bytes: z.int().nonnegative().optional(),
})
const page = z.object({ token: z.string().optional(), limit: z.int().nonnegative().optional() }).optional()

const evaluation = z.object({ subject, action, resource, context: context.optional() })
const semantics: readonly Semantic[] = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit']
const boxcar = z.object({
  ...evaluation.partial().shape,
  evaluations: z.array(z.unknown()).max(100).optional(),
  options: z.object({ evaluations_semantic: z.enum(semantics).optional() }).optional(),
})
const searched = z.object({ type: z.string() })
const resourceSearch = z.object({ subject, action, resource: searched, context: context.optional(), page })
const actionSearch = z.object({ subject, resource, context: context.optional(), page })

/** A request of the Access Evaluation API. */
export function readEvaluation(value: unknown): EvaluationRequest | Refusal {
  return read(evaluation, value)
}

/** A request of the Access Evaluations API. */
export function readBoxcar(value: unknown): Boxcar | Refusal {
  return read(boxcar, value)
}

export function readResourceSearch(value: unknown): ResourceSearch | Refusal {
  return read(resourceSearch, value)
}

export function readActionSearch(value: unknown): ActionSearch | Refusal {
  return read(actionSearch, value)
}

export function isRefusal(value: object): value is Refusal {
  return 'status' in value && 'message' in value
}

function read<T extends object>(form: z.ZodType<T>, value: unknown): T | Refusal {
  const found = form.safeParse(value)
  if (found.success) return found.data
  const [issue] = found.error.issues
  const place = issue?.path.join('.') ?? ''
  return { status: 400, message: `${place === '' ? 'the request' : `\`${place}\``}: ${issue?.message ?? 'is not of its form'}` }
}
