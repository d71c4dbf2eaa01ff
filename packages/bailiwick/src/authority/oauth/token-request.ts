import * as z from 'zod'
import { jsonHazard } from '../../model/json-hazard.ts'
import { jsonIn } from '../../model/json.ts'
import { readScope } from '../../model/token-scope.ts'
import { effects } from '../../model/vocabulary.ts'
import type { Effect } from '../../model/vocabulary.ts'
import { detailType as attenuableDetailType } from '../attenuation/claims.ts'
import { assertionType } from './client-assertions.ts'
import { partDetailSchema, partDetailType } from './part-detail.ts'
import type { PartDetail } from './part-detail.ts'

/** The type of authorisation details (RFC 9396) that names a goal. */
export const goalDetailType = 'urn:bailiwick:goal'

export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const clientCredentials = 'client_credentials'
export const jwtTokenType = 'urn:ietf:params:oauth:token-type:jwt'
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
/** Tokens of other issuers that a person can be named by (RFC 8693 section 3). */
const personTokenTypes = ['urn:ietf:params:oauth:token-type:id_token', jwtTokenType] as const

/** The types of authorisation details that the endpoint reads. */
export const detailTypes: readonly string[] = [goalDetailType, partDetailType, attenuableDetailType]

/** Codes of RFC 6749 section 5.2, RFC 8707, RFC 9396 and RFC 9449. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
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
export type TokenRequest = {
  readonly assertion: string
  readonly resource: string
  /** Of which effects the tools are that the token is to be for; null for all that the contract has. */
  readonly scope: readonly Effect[] | null
} & Wanted

type Wanted =
  /** A token for a session; by `personToken` the person is named for whom the agent acts, null for none. */
  | { readonly kind: 'goal'; readonly detail: GoalDetail; readonly personToken: string | null }
  /** A token for the agent that `actorToken` names, for a part of the session of `subjectToken`, which is the client's own. */
  | { readonly kind: 'part'; readonly subjectToken: string; readonly actorToken: string; readonly part: PartDetail }
  /** A token of a session that can be attenuated offline. */
  | { readonly kind: 'attenuable'; readonly session: string }

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const goalSchema = z.union([
  z.strictObject({
    type: z.literal(goalDetailType),
    goal: z.string().max(256),
    params: z.record(z.string().max(256), value).default({}),
    request: z.string().max(16_384).optional(),
  }),
  z.strictObject({ type: z.literal(goalDetailType), session: z.string().max(256) }),
])
const attenuableSchema = z.strictObject({ type: z.literal(attenuableDetailType), session: z.string().max(256) })

const known = new Set([
  'grant_type',
  'client_assertion_type',
  'client_assertion',
  'client_id',
  'resource',
  'scope',
  'authorization_details',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
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
  const wanted = wantedIn(form, grant)
  if ('error' in wanted) return wanted
  const asked = form.get('scope')
  const scope = asked === null ? null : readScope(asked)
  if (asked !== null && scope === null) return refusal('invalid_scope', `a scope is made of ${effects.join(', ')}, each once`)
  if (scope !== null && wanted.kind !== 'goal')
    return refusal('invalid_scope', 'what is handed on is narrowed by its part or by attenuation, and has no scope')
  return { assertion, resource, scope, ...wanted }
}

function wantedIn(form: URLSearchParams, grant: typeof tokenExchange | typeof clientCredentials): Wanted | OAuthRefusal {
  const details = form.get('authorization_details')
  const attenuable = grant === clientCredentials ? attenuableSchema.safeParse(oneDetail(details)) : null
  if (attenuable?.success === true) return { kind: 'attenuable', session: attenuable.data.session }
  if (grant === clientCredentials) return goalIn(details, null)
  const token = form.get('subject_token')
  if (token === null) return refusal('invalid_request', 'the exchange needs a `subject_token`')
  const asked = form.get('requested_token_type') ?? accessTokenType
  if (asked !== accessTokenType) return refusal('invalid_request', 'only access tokens are issued')
  const type = form.get('subject_token_type')
  if (type === accessTokenType) return partIn(form, token)
  if (!(personTokenTypes as readonly (string | null)[]).includes(type))
    return refusal('invalid_request', `\`subject_token_type\` is one of ${[...personTokenTypes, accessTokenType].join(', ')}`)
  return form.has('actor_token') || form.has('actor_token_type')
    ? refusal('invalid_request', `an \`actor_token\` goes with a \`subject_token\` of the type ${accessTokenType}`)
    : goalIn(details, token)
}

function partIn(form: URLSearchParams, subjectToken: string): Wanted | OAuthRefusal {
  const actorToken = form.get('actor_token')
  if (actorToken === null || form.get('actor_token_type') !== jwtTokenType)
    return refusal('invalid_request', `to hand a part of a session on needs an \`actor_token\` of the type ${jwtTokenType}`)
  const part = partDetailSchema.safeParse(oneDetail(form.get('authorization_details')))
  return part.success
    ? { kind: 'part', subjectToken, actorToken, part: part.data }
    : refusal(
        'invalid_authorization_details',
        `\`authorization_details\` is a list of one object of the type \`${partDetailType}\` with \`tools\`, \`allow\`, \`limits\`, \`lifetime\` and \`request\`, written as in a contract`,
      )
}

function goalIn(text: string | null, personToken: string | null): Wanted | OAuthRefusal {
  const parsed = goalSchema.safeParse(oneDetail(text))
  if (!parsed.success)
    return refusal(
      'invalid_authorization_details',
      `\`authorization_details\` is a list of one object of the type \`${goalDetailType}\` with \`goal\`, \`params\` and \`request\`, or with \`session\``,
    )
  const { data } = parsed
  const detail = 'session' in data ? { session: data.session } : { goal: data.goal, params: data.params, request: data.request ?? null }
  return { kind: 'goal', detail, personToken }
}

/** The one object in a list of details; undefined for anything else. */
function oneDetail(text: string | null): unknown {
  const parsed = text !== null && jsonHazard(text) === null ? jsonIn(text) : undefined
  return Array.isArray(parsed) && parsed.length === 1 ? (parsed[0] as unknown) : undefined
}

export function refusal(error: OAuthErrorCode, reason: string): OAuthRefusal {
  return { error, reason }
}
