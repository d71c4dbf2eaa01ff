import { createHmac } from 'node:crypto'
import type { SessionChange } from '../../authority/sessions.ts'
import type { Performed } from '../../enforce/attempt.ts'
import type { Decision } from '../../model/decision.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Tool } from '../../model/ruleset.ts'
import { honestStep } from '../attacks/attack.ts'
import type { AttackKind, Target } from '../attacks/attack.ts'
import type { Lab } from '../lab/lab.ts'
import type { LiveArena } from './live-arena.ts'
import { LivePlayer } from './live-player.ts'
import type { LiveCall } from './live-player.ts'

/** One thing tried against the gateway's real sessions, tokens and approvals. */
export interface LiveResult {
  readonly kind: AttackKind
  readonly trick: string
  readonly tool: string
  readonly arguments: JsonObject
  /** The denial; null when the tool would have been reached. */
  readonly denial: Decision | null
}

/** Tokens, sessions, pins and approvals abused one way at a time, against the real way of a call with a real ledger. */
export async function* liveAttacks(arena: LiveArena, lab: Lab, target: Target): AsyncGenerator<LiveResult> {
  const plain = target.tools.find((tool) => firstAnswer(lab, target, tool) === 'allow')
  if (plain !== undefined) yield* withToken(arena, target, plain)
  const asking = target.tools.find((tool) => firstAnswer(lab, target, tool) === 'ask')
  if (asking !== undefined) yield* withApproval(arena, target, asking)
}

function firstAnswer(lab: Lab, target: Target, tool: Tool): string | null {
  const step = honestStep(target, tool)
  if (step === null) return null
  const { agent, goal, params } = target
  return lab.play({ agent, goal: goal.name, params, person: null, request: null, steps: [step] })[0]?.response ?? null
}

async function* withToken(arena: LiveArena, target: Target, tool: Tool): AsyncGenerator<LiveResult> {
  const args = target.honest.get(tool.key) as JsonObject
  const players: LivePlayer[] = []
  // Each attempt in a session of its own, so that no limit on repeated calls stands in for what is tried.
  const fresh = async (): Promise<LivePlayer> => {
    const player = await LivePlayer.open(arena, target)
    players.push(player)
    return player
  }
  const attempt = async (kind: AttackKind, trick: string, player: LivePlayer, more: Partial<LiveCall> = {}): Promise<LiveResult> => {
    const performed = await player.call({ tool: tool.key, arguments: args, token: await player.token(), ...more })
    return {
      kind,
      trick: `\`${tool.key}\` ${trick}`,
      tool: tool.key,
      arguments: args,
      denial: performed.kind === 'denied' ? performed.decision : null,
    }
  }
  const changed = async (...changes: readonly SessionChange[]): Promise<LivePlayer> => {
    const player = await fresh()
    for (const change of changes) await arena.runtime.sessions.change(player.session.id, change, 'redteam')
    return player
  }
  try {
    const other = await fresh()
    for (const trick of forgeryTricks) {
      const player = await fresh()
      yield await attempt('identity', trick, player, { token: forged(await player.token(), trick) })
    }
    const player = await fresh()
    yield await attempt('identity', 'with no token', player, { token: '' })
    yield await attempt('identity', 'with a token of another session', player, { token: await other.token() })
    yield await attempt('identity', 'with an expired token', player, { token: await player.token(-60_000) })
    yield await attempt('tool-poisoning', 'when its definition was changed', await fresh(), { pin: `sha256:${'0'.repeat(64)}` })
    yield await attempt('tool-poisoning', 'when its server no longer lists it', await fresh(), { pin: null })
    yield await attempt('identity', 'in a paused session', await changed('pause'))
    yield await attempt('identity', 'right after the session was revoked', await changed('revoke'))
    yield await attempt('identity', 'in a session that was paused, resumed and revoked', await changed('pause', 'resume', 'revoke'))
    yield await attempt('identity', 'in a closed session', await changed('close'))
  } finally {
    for (const player of players) await player.close()
  }
}

const forgeryTricks = [
  'with a token that is not signed',
  'with a token of the algorithm `none`',
  'with a token of a symmetric algorithm',
  'with a token whose expiry was changed',
  'with a token for another agent',
  'with a token for another goal',
  'with a token whose signature was cut',
] as const

/** The token with one thing about it changed. */
function forged(token: string, trick: (typeof forgeryTricks)[number]): string {
  const [head = '', body = '', signature = ''] = token.split('.')
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Record<string, unknown>
  const symmetric = encoded({ alg: 'HS256', typ: 'at+jwt' })
  switch (trick) {
    case 'with a token that is not signed':
      return `${head}.${body}.`
    case 'with a token of the algorithm `none`':
      return `${encoded({ alg: 'none', typ: 'at+jwt' })}.${body}.`
    case 'with a token of a symmetric algorithm':
      return `${symmetric}.${body}.${createHmac('sha256', 'public key').update(`${symmetric}.${body}`).digest('base64url')}`
    case 'with a token whose expiry was changed':
      return `${head}.${encoded({ ...claims, exp: 4_102_444_800 })}.${signature}`
    case 'with a token for another agent':
      return `${head}.${encoded({ ...claims, agent: 'root' })}.${signature}`
    case 'with a token for another goal':
      return `${head}.${encoded({ ...claims, authorization_details: [] })}.${signature}`
    case 'with a token whose signature was cut':
      return token.slice(0, -8)
  }
}

async function* withApproval(arena: LiveArena, target: Target, tool: Tool): AsyncGenerator<LiveResult> {
  const step = honestStep(target, tool)
  const other = honestStep(target, tool, 1)
  if (step === null) return
  const player = await LivePlayer.open(arena, target)
  const second = await LivePlayer.open(arena, target)
  const result = (trick: string, args: JsonObject, performed: Performed<null>): LiveResult => ({
    kind: 'unconfirmed',
    trick: `\`${tool.key}\` ${trick}`,
    tool: tool.key,
    arguments: args,
    denial: performed.kind === 'denied' ? performed.decision : null,
  })
  try {
    const call = { tool: tool.key, arguments: step.with, token: await player.token() }
    // The agent gives up waiting; then a person approves. While that approval is good, everything else is tried on it, then two calls at once.
    const asked: string[] = []
    const waiting = async (approval: string): Promise<boolean> => {
      asked.push(approval)
      return false
    }
    yield result('with nobody answering', step.with, await player.call({ ...call, waiting }))
    const [first] = asked
    if (first === undefined) return
    await arena.answer(first, 'approved')
    if (other !== null && JSON.stringify(other.with) !== JSON.stringify(step.with))
      yield result('with other arguments than were approved', other.with, await player.call({ ...call, arguments: other.with }))
    yield result('in another session than was approved', step.with, await second.call({ ...call, token: await second.token() }))
    const [one, two] = await Promise.all([player.call(call), player.call(call)])
    yield result('twice at once on one approval', step.with, one.kind === 'denied' ? one : two)
    yield result('again on an approval that was used', step.with, await player.call(call))
    // The session is revoked while the person thinks.
    let revoked = false
    const late = await second.call({
      ...call,
      token: await second.token(),
      waiting: async (approval) => {
        if (revoked) return true
        revoked = true
        await arena.runtime.sessions.change(second.session.id, 'revoke', 'redteam')
        await arena.answer(approval, 'approved')
        return true
      },
    })
    yield result('approved after the session was revoked', step.with, late)
  } finally {
    await player.close()
    await second.close()
  }
}
