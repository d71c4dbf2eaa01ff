import { foreign } from './caller.ts'
import type { Caller } from './caller.ts'
import { callAction, toolType } from './evaluate.ts'
import { isRefusal, readActionSearch, readResourceSearch } from './evaluation-request.ts'
import type { ActionSearch, Refusal, ResourceSearch } from './evaluation-request.ts'
import { notKeptElsewhere } from './kept-elsewhere.ts'
import type { Credential } from '../../model/session.ts'
import { beyondScope } from '../../model/token-scope.ts'
import type { Effect } from '../../model/vocabulary.ts'

/** What a search has found; all of it, so without pages. */
export interface Found {
  readonly results: readonly object[]
  readonly context?: { readonly reason: string }
}

/** The tools that the agent may call in its session with its token, by contract and scope: what arguments, policies and limits let through is decided call by call. */
export async function searchResources(caller: Caller, body: unknown): Promise<Found | Refusal> {
  const request = readResourceSearch(body)
  if (isRefusal(request)) return request
  const { action, resource } = request
  return search(caller, request, (tools) =>
    action.name === callAction && resource.type === toolType ? tools.map((id) => ({ type: toolType, id })) : [],
  )
}

/** What the agent may do with a tool: call it, or nothing. */
export async function searchActions(caller: Caller, body: unknown): Promise<Found | Refusal> {
  const request = readActionSearch(body)
  if (isRefusal(request)) return request
  const { resource } = request
  return search(caller, request, (tools) => (resource.type === toolType && tools.includes(resource.id) ? [{ name: callAction }] : []))
}

async function search(
  caller: Caller,
  { subject, context, page }: ActionSearch | ResourceSearch,
  results: (tools: readonly string[]) => readonly object[],
): Promise<Found | Refusal> {
  const refused = foreign(caller, subject, context)
  if (refused !== null) return refused
  if ((page?.token ?? '') !== '') return { status: 400, message: 'no such page: every search is answered whole' }
  const { governed, token } = caller
  const contract = governed.contract()
  const credential = await governed.runtime.authority.verify(token)
  const verdict = await governed.identify(credential, contract.ruleset)
  const reason = verdict.response === 'allow' ? governed.outlived(contract) : verdict.reason
  if (reason !== null) {
    await governed.note('refused', 'access search', reason)
    return { results: [], context: { reason } }
  }
  const tools = contract.tools.filter(
    ({ key, declaration }) => notKeptElsewhere(contract, key) === null && isInScope(credential, declaration.effect),
  )
  return { results: results(tools.map(({ key }) => key)) }
}

function isInScope(credential: Credential, effect: Effect): boolean {
  return credential.valid && beyondScope(credential.scope, effect) === null
}
