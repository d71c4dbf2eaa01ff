import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { constraintSchema } from '../../src/authority/attenuation/constraint.ts'
import { actorAssertionType, assertionType } from '../../src/authority/oauth/client-assertions.ts'
import { accessTokenType, readTokenRequest, tokenExchange } from '../../src/authority/oauth/token-request.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { FrameDeclaration } from '../../src/model/manifest.ts'
import { milliseconds } from '../../src/model/quantity.ts'
import { rulesetFor } from '../decide/ruleset-for.ts'
import { deskAt } from '../delegation/delegated-office.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

const guide = readFileSync(new URL('../../../../docs/guides/delegation.md', import.meta.url), 'utf8')
const [manifest = ''] = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text)
const [command = ''] = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text)
const rows = [...guide.matchAll(/^\| `([a-z.]+)` \| `(\{.*\})` \| (\S+) \|$/gm)].map(([, tool, args, answer]) => ({
  tool: tool as string,
  args: JSON.parse(args as string) as JsonObject,
  answer,
}))

const option = (name: string): string => new RegExp(`--${name} ('[^']*'|\\S+)`).exec(command)?.[1]?.replaceAll("'", '') ?? ''

test("The guide's delegation is made under its manifest, and its delegate's calls are answered as it says.", async () => {
  const scratch = new ScratchLedger()
  onTestFinished(() => scratch.remove())
  const ruleset = rulesetFor({ manifest })
  const { runtime, delegate, take } = deskAt(scratch, { ruleset })
  const root = await runtime.sessions.open(ruleset, {
    agent: 'editor',
    goal: 'newsletter',
    params: { week: '3' },
    person: 'ann',
    request: null,
  })
  const [, framed = '', argument = '', frame = ''] = /^([^:]+):([^=]+)=(.*)$/.exec(option('frame')) ?? []
  expect(framed).toBe(option('tool'))
  const session = await delegate(root, {
    agent: option('agent'),
    part: {
      tools: { [framed]: { [argument]: parse(frame) as FrameDeclaration } },
      limits: { calls: Number(option('limit').split('=')[1]) },
    },
    lifetime: milliseconds(option('lifetime')),
    request: option('request'),
  })
  const seat = await take(session)
  const answers: string[] = []
  for (const { tool, args } of rows) answers.push(await seat.call(tool, args))
  expect(rows).toHaveLength(7)
  expect(answers).toEqual(rows.map(({ answer }) => answer))
  const above = await take(root)
  for (let left = 7; left > 0; left -= 1) expect(await above.call('web.fetch', { url: 'https://example.org/' })).toBe('done')
  expect(await above.call('web.fetch', { url: 'https://example.org/' })).toBe('T4.calls')
  const reader = delegate(session, { agent: 'reader', part: { tools: { 'web.fetch': {} } } })
  await expect(reader).resolves.toMatchObject({ agent: 'reader' })
  await expect(
    runtime.sessions.open(ruleset, { agent: 'reader', goal: 'newsletter', params: { week: '3' }, person: null, request: null }),
  ).rejects.toMatchObject({
    code: 'DELEGATION_REFUSED',
  })
  await Promise.all([seat, above].map(({ governed }) => governed.close()))
})

test("The guide's part in JSON says what its command says, and its constraints and types are those that are read.", () => {
  const [json = ''] = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => text)
  const [, framed = '', argument = '', frame = ''] = /^([^:]+):([^=]+)=(.*)$/.exec(option('frame')) ?? []
  const form = new URLSearchParams({
    grant_type: tokenExchange,
    client_assertion_type: assertionType,
    client_assertion: 'x',
    resource: 'x',
    subject_token: 'x',
    subject_token_type: accessTokenType,
    actor_token: 'x',
    actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    authorization_details: json,
  })
  expect(readTokenRequest(form)).toMatchObject({
    kind: 'part',
    part: {
      part: { tools: { [framed]: { [argument]: parse(frame) as unknown } }, limits: { calls: Number(option('limit').split('=')[1]) } },
      lifetime: milliseconds(option('lifetime')),
      request: option('request'),
    },
  })
  expect(guide).toContain(`\`${actorAssertionType}\``)
  for (const [name, value] of form) if (value !== 'x' && value !== json) expect(guide).toContain(`${name}=${value}`)
  const [, listed = ''] = /Constraints are those of the draft: ([^.]*)\./.exec(guide) ?? []
  const types = [...listed.matchAll(/`(\w+)`/g)].map(([, type]) => type)
  for (const type of types) expect([type, readsAs(type as string)]).toEqual([type, true])
  expect(types).toHaveLength(9)
})

/** Whether a type of constraint is known, with whatever members. */
function readsAs(type: string): boolean {
  const members = [
    { value: 1 },
    { min: 1 },
    { values: [1] },
    { excluded: [1] },
    { required: [1] },
    { allowed: [1] },
    { constraints: [] },
    {},
  ]
  return members.some((one) => constraintSchema.safeParse({ constraint_type: type, ...one }).success)
}

test('A pattern narrowed as the guide advises is narrower.', async () => {
  const advice = /`(\{ pattern: [^`]*\})`/.exec(guide)?.[1] ?? ''
  const scratch = new ScratchLedger()
  onTestFinished(() => scratch.remove())
  const ruleset = rulesetFor({ manifest: manifest.replace('prefix: "Week "', 'pattern: "[a-z ]{1,40}"') })
  const { runtime, delegate } = deskAt(scratch, { ruleset })
  const root = await runtime.sessions.open(ruleset, {
    agent: 'editor',
    goal: 'newsletter',
    params: { week: '3' },
    person: null,
    request: null,
  })
  const asked = (subject: FrameDeclaration): ReturnType<typeof delegate> =>
    delegate(root, { agent: 'researcher', part: { tools: { 'mail.send': { subject } } } })
  await expect(asked(parse(advice) as FrameDeclaration)).resolves.toMatchObject({ agent: 'researcher' })
  await expect(asked({ pattern: 're [a-z ]{1,30}' })).rejects.toMatchObject({ code: 'DELEGATION_REFUSED' })
})
