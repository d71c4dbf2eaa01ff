import * as z from 'zod'
import { jsonHazard } from '../../model/json-hazard.ts'
import { assertionType } from './client-assertions.ts'

/** The type of authorisation details (RFC 9396) that names a goal. */
export const goalDetailType = 'urn:bailiwick:goal'

export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const clientCredentials = 'client_credentials'
/** Tokens of other issuers that a person can be named by (RFC 8693 section 3). */
const personTokenTypes = ['urn:ietf:params:oauth:token-type:id_token', 'urn:ietf:params:oauth:token-type:jwt'] as const
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

/** Codes of RFC 6749 section 5.2, RFC 8707, RFC 9396 and RFC 9449. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_target'
  | 'invalid_authorization_details'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'temporarily_unavailable'

export interface OAuthRefusal {
  readonly error: OAuthErrorCode
  readonly reason: string
}

/** A new session towards a goal, or one more token of a session that is open. */
type GoalDetail =
  | { readonly goal: string; readonly params: Readonly<Record<string, string>>; readonly request: string | null }
  | { readonly session: string }

/** What a client asks of the token endpoint. */
export interface TokenRequest {
  readonly assertion: string
  readonly resource: string
  readonly detail: GoalDetail
  /** A token that names the person for whom the agent acts; null for none. */
  readonly personToken: string | null
}

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const detailSchema = z.union([
  z.strictObject({
    type: z.literal(goalDetailType),
    goal: z.string().max(256),
    params: z.record(z.string().max(256), value).default({}),
    request: z.string().max(16_384).optional(),
  }),
  z.strictObject({ type: z.literal(goalDetailType), session: z.string().max(256) }),
])

const known = new Set([
  'grant_type',
  'client_assertion_type',
  'client_assertion',
  'client_id',
  'resource',
  'authorization_details',
  'subject_token',
  'subject_token_type',
  'requested_token_type',
])

/** Reads the form of a token request. A parameter that is there twice (RFC 6749 section 3.2), or that is not known here, is refused. */
export function readTokenRequest(form: URLSearchParams): TokenRequest | OAuthRefusal {
  const names = [...form.keys()]
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) return refusal('invalid_request', `\`${twice.slice(0, 64)}\` is given twice`)
  const unknown = names.find((name) => !known.has(name))
  if (unknown !== undefined) return refusal('invalid_request', `\`${unknown.slice(0, 64)}\` is no parameter of this endpoint`)
  const grant = form.get('grant_type')
  if (grant !== tokenExchange && grant !== clientCredentials)
    return refusal('unsupported_grant_type', `the grant is \`${clientCredentials}\` or \`${tokenExchange}\``)
  const assertion = form.get('client_assertion')
  if (form.get('client_assertion_type') !== assertionType || assertion === null)
    return refusal('invalid_client', `a client says who it is by \`client_assertion\` of the type \`${assertionType}\``)
  const resource = form.get('resource')
  if (resource === null) return refusal('invalid_target', 'it is not said for which `resource` the token is')
  const personToken = grant === tokenExchange ? personTokenIn(form) : null
  if (typeof personToken === 'object' && personToken !== null) return personToken
  const detail = detailIn(form.get('authorization_details'))
  return 'error' in detail ? detail : { assertion, resource, detail, personToken }
}

function personTokenIn(form: URLSearchParams): string | OAuthRefusal {
  const token = form.get('subject_token')
  if (token === null) return refusal('invalid_request', 'the exchange needs a `subject_token`')
  if (!(personTokenTypes as readonly (string | null)[]).includes(form.get('subject_token_type')))
    return refusal('invalid_request', `\`subject_token_type\` is one of ${personTokenTypes.join(', ')}`)
  const wanted = form.get('requested_token_type') ?? accessTokenType
  return wanted === accessTokenType ? token : refusal('invalid_request', 'only access tokens are issued')
}

function detailIn(text: string | null): GoalDetail | OAuthRefusal {
  const mend = `\`authorization_details\` is a list of one object of the type \`${goalDetailType}\` with \`goal\`, \`params\` and \`request\`, or with \`session\``
  if (text === null) return refusal('invalid_authorization_details', mend)
  const parsed = z.tuple([detailSchema]).safeParse(jsonHazard(text) === null ? parsedJson(text) : undefined)
  if (!parsed.success) return refusal('invalid_authorization_details', mend)
  const [detail] = parsed.data
  return 'session' in detail ? { session: detail.session } : { goal: detail.goal, params: detail.params, request: detail.request ?? null }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export function refusal(error: OAuthErrorCode, reason: string): OAuthRefusal {
  return { error, reason }
}
