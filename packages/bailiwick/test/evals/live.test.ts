import { join } from 'node:path'
import { expect, test } from 'vitest'
import { arenas } from '../../src/cli/evals/live-arena.ts'
import { readRules } from '../../src/cli/evals/read-rules.ts'
import { Lab } from '../../src/evals/lab/lab.ts'
import type { LiveArena } from '../../src/evals/live/live-arena.ts'
import { liveRedTeam } from '../../src/evals/live/live-red-team.ts'
import type { LiveReport } from '../../src/evals/live/live-red-team.ts'
import { Places } from '../../src/evals/redteam/place-of-rule.ts'
import { targetsOf } from '../../src/evals/redteam/red-team.ts'
import { exampleCopy } from './rules.ts'

/** Tries the example on a live gateway, of which something may be weaker than it is. */
async function tried(weaken: (arena: LiveArena) => LiveArena = (arena) => arena): Promise<LiveReport> {
  const manifest = join(exampleCopy(), 'bailiwick.yaml')
  const { sources, ruleset } = readRules(manifest, [])
  const { targets } = targetsOf(ruleset, [])
  const fail = (line: string): void => {
    throw new Error(line)
  }
  return arenas(manifest, fail)({}, (arena) =>
    liveRedTeam(weaken(arena), new Lab(ruleset), targets, new Places(sources.yaml, ruleset), () => false),
  )
}

test('Forged tokens, other sessions, revoked ones, changed tools and approvals used twice all fail on a live gateway.', async () => {
  const { tried: count, findings, cutShort } = await tried()
  expect({ findings, cutShort }).toEqual({ findings: [], cutShort: false })
  expect(count).toBeGreaterThan(18)
})

test('A gateway that takes any token, or lets an approval be used twice or for anything, would be found out.', async () => {
  const anyToken = await tried((arena) => ({
    ...arena,
    runtime: {
      ...arena.runtime,
      authority: {
        issue: (...args) => arena.runtime.authority.issue(...args),
        verify: async (token) => {
          const credential = await arena.runtime.authority.verify(token)
          if (credential.valid) return credential
          const body = token.split('.')[1] ?? ''
          const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8') || '{}') as Record<string, string>
          const [details] = (claims['authorization_details'] ?? []) as unknown as { goal: string; params_hash: string }[]
          if (details === undefined) return credential
          return {
            valid: true,
            tokenId: '',
            agent: claims['agent'] ?? '',
            session: claims['sid'] ?? '',
            goal: details.goal,
            paramsHash: details.params_hash,
            expires: Number.MAX_SAFE_INTEGER,
          }
        },
      },
    },
  }))
  expect(anyToken.findings.map(({ trick }) => trick.replace(/^`[^`]*` /, ''))).toEqual([
    'with a token that is not signed',
    'with a token of the algorithm `none`',
    'with a token of a symmetric algorithm',
    'with a token whose expiry was changed',
    'with a token whose signature was cut',
    'with an expired token',
  ])
  const usedTwice = await tried((arena) => {
    const approvals: typeof arena.runtime.approvals = Object.create(arena.runtime.approvals, {
      use: { value: async () => true },
      given: { value: arena.runtime.approvals.given.bind(arena.runtime.approvals) },
      ask: { value: arena.runtime.approvals.ask.bind(arena.runtime.approvals) },
      find: { value: arena.runtime.approvals.find.bind(arena.runtime.approvals) },
    }) as typeof arena.runtime.approvals
    return { ...arena, runtime: { ...arena.runtime, approvals } }
  })
  expect(usedTwice.findings.map(({ rule, place }) => `${rule} ${place.file.endsWith('bailiwick.yaml')}`)).toContain('confirm true')
})
