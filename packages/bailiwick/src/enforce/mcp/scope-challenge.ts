import type { Credential } from '../../model/session.ts'
import { beyondScope, scopeText } from '../../model/token-scope.ts'
import { effects } from '../../model/vocabulary.ts'
import type { Effect } from '../../model/vocabulary.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'

/** A request that its token's scope does not take in. */
export interface ScopeProblem {
  /** The name under which the tool was called. */
  readonly tool: string
  readonly reason: string
  /** What a token must have that takes this in besides what the present one does. */
  readonly wanted: readonly Effect[]
}

/**
 * Whether a body of JSON-RPC, or a message of a batch, calls a tool of an effect that is not in the scope of its token; null when it does not, and for
 * tools that are not known, which are decided on like any other.
 */
export function scopeProblem(
  body: unknown,
  { scope }: Pick<Extract<Credential, { valid: true }>, 'scope'>,
  ruleset: Ruleset,
): ScopeProblem | null {
  if (scope === undefined) return null
  for (const message of Array.isArray(body) ? (body as readonly unknown[]) : [body]) {
    const name = calledTool(message)
    const tool = name === null ? undefined : [...ruleset.tools.values()].find(({ shown }) => shown === name)
    if (name === null || tool === undefined) continue
    const { effect } = tool.declaration
    const reason = beyondScope(scope, effect)
    if (reason === null) continue
    const wanted = effects.filter((one) => one === effect || scope.includes(one))
    return { tool: name, reason, wanted }
  }
  return null
}

/** A challenge to come back with a token of a wider scope (RFC 6750 section 3.1), as the MCP specification has it. */
export function scopeChallenge({ reason, wanted }: ScopeProblem, metadata: string, scheme: 'Bearer' | 'DPoP'): Response {
  const told = `error="insufficient_scope", error_description="${reason}", scope="${scopeText(wanted)}", resource_metadata="${metadata}"`
  return Response.json(
    { error: 'insufficient_scope', error_description: reason, scope: scopeText(wanted) },
    { status: 403, headers: { 'www-authenticate': `${scheme} ${told}` } },
  )
}

function calledTool(message: unknown): string | null {
  if (!isJsonObject(message) || message['method'] !== 'tools/call' || !isJsonObject(message['params'])) return null
  const { name } = message['params']
  return typeof name === 'string' ? name : null
}
