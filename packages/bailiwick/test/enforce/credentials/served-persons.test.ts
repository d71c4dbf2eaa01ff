import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { runCli } from '../../cli/run-cli.ts'
import { keptPayload } from '../../ledger/kept-payload.ts'
import { entriesOf } from '../../ledger/scratch-ledger.ts'
import type { TokenAnswer } from '../oauth/agent-client.ts'
import { folderOfPeople, openedHere, servingGateway } from './serving-gateway.ts'
import type { ServingGateway } from './serving-gateway.ts'

const sessionOf = ({ body }: TokenAnswer): string => decodeJwt(body.access_token)['sid'] as string
/** What the toolbox was asked on behalf of whom. */
const served = ({ box }: ServingGateway): string[] => box.calls.map(({ claims, tool }) => `${tool} for ${claims.sub}`)
const anew = 'have them sign in anew, and ask for a token of this session with that, or open another session'

/** All that is left in files, every payload opened, and what the process has said. */
async function remains(gateway: ServingGateway): Promise<string> {
  const { ledgerStore } = await openedHere(gateway.folder)
  const entries = JSON.stringify(await entriesOf(ledgerStore))
  const hashes = [...entries.matchAll(/sha256:[0-9a-f]{64}/g)].map(([hash]) => hash)
  const payloads = JSON.stringify(await Promise.all(hashes.map((hash) => keptPayload(ledgerStore, hash))))
  const state = join(gateway.folder, '.bailiwick')
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const texts = files.map(({ parentPath, name }) => join(parentPath, name)).filter(existsSync)
  return [entries, payloads, gateway.said(), ...texts.map((path) => readFileSync(path, 'latin1'))].join('\n')
}

test('Two people whose agent works for both at once are each lent tokens of their own, and what they signed in with is found nowhere.', async () => {
  const gateway = await servingGateway()
  const people = ['alice', 'bob']
  const idTokens = await Promise.all(people.map((person) => gateway.server.idToken(person)))
  const sessions = await Promise.all(idTokens.map((idToken) => gateway.signedIn(idToken)))
  const calls = Array.from({ length: 16 }, (_, index) => index)
  const answers = await Promise.all(
    calls.map((index) => {
      const token = (sessions[index % 2] as TokenAnswer).body.access_token
      return gateway.call(token, `call ${index} for ${people[index % 2]}`, index % 4 < 2 ? 'look' : 'change')
    }),
  )
  expect(answers.map(({ rule }) => rule)).toEqual(calls.map(() => 'done'))
  expect(served(gateway).toSorted()).toEqual(
    ['look', 'change'].flatMap((tool) => people.flatMap((person) => Array<string>(4).fill(`${tool} for ${person}`))).toSorted(),
  )
  // What is asked with a person's token is asked for that person: one exchange for each of them and each set of scopes.
  const exchanged = gateway.server.asked.map((form) => form.get('subject_token'))
  expect(new Set(exchanged)).toEqual(new Set(idTokens))
  await gateway.stop()
  const all = await remains(gateway)
  expect(all).toContain('"person":"alice"')
  const secrets = [...idTokens, gateway.server.clientSecret, ...gateway.box.calls.map(({ token }) => token)]
  for (const secret of secrets) {
    const signature = secret.split('.').at(-1) as string
    for (const form of [secret, signature, Buffer.from(signature).toString('base64').slice(0, -4)]) expect(all).not.toContain(form)
    expect(JSON.stringify(answers)).not.toContain(signature)
  }
})

test('The words that the agent gave with a call are those that the toolbox hears on behalf of the person of that session.', async () => {
  const gateway = await servingGateway()
  gateway.box.say = (_tool, token) => `you are ${decodeJwt(token).sub}`
  const people = ['alice', 'bob', 'carol']
  const tokens = await Promise.all(
    people.map(async (person) => (await gateway.signedIn(await gateway.server.idToken(person))).body.access_token),
  )
  const rounds = Array.from({ length: 4 }, () => people).flat()
  const heard = await Promise.all(rounds.map((person, index) => gateway.call(tokens[people.indexOf(person)] as string, `call ${index}`)))
  for (const [index, person] of rounds.entries()) expect(heard[index]?.text).toContain(`you are ${person}`)
})

test('A process that has started anew knows nothing of who signed in: the call is refused, it is said what to do, and that helps.', async () => {
  const gateway = await servingGateway()
  const first = await gateway.signedIn(await gateway.server.idToken('alice'))
  const token = first.body.access_token
  expect((await gateway.call(token, 'before')).rule).toBe('done')
  await gateway.restart()
  const refused = await gateway.call(token, 'after')
  expect(refused.rule).toBe('T1.pin')
  expect(refused.text).toContain(`there is nothing that they signed in with; ${anew}`)
  const session = sessionOf(first)
  expect(await gateway.signedIn(await gateway.server.idToken('bob'), session)).toMatchObject({ body: { error: 'invalid_grant' } })
  expect((await gateway.call(token, 'as bob')).rule).toBe('T1.pin')
  expect((await gateway.signedIn(await gateway.server.idToken('alice'), session)).status).toBe(200)
  expect((await gateway.call(token, 'again')).rule).toBe('done')
  expect(served(gateway)).toEqual(['look for alice', 'look for alice'])
})

test('What has expired is lent on no more, though tokens that were had for it are still good; signing in anew for the same session helps.', async () => {
  const gateway = await servingGateway()
  const first = await gateway.signedIn(await gateway.server.idToken('alice', '3s'))
  const token = first.body.access_token
  expect((await gateway.call(token, 'in time')).rule).toBe('done')
  await sleep(4500)
  for (const text of ['too late', 'after the sweep']) {
    const refused = await gateway.call(token, text)
    expect(refused.text).toContain(`what they signed in with has expired; ${anew}`)
    expect(refused.text).toContain('Nothing was done.')
    await sleep(1100)
  }
  expect((await gateway.signedIn(await gateway.server.idToken('alice'), sessionOf(first))).status).toBe(200)
  // What expires earlier does not take its place.
  expect((await gateway.signedIn(await gateway.server.idToken('alice', '1s'), sessionOf(first))).status).toBe(200)
  await sleep(1500)
  expect((await gateway.call(token, 'once more')).rule).toBe('done')
  expect(served(gateway)).toEqual(['look for alice', 'look for alice'])
})

test('A session that is opened for nobody, or by the command line, is lent nothing on behalf of anyone.', async () => {
  const gateway = await servingGateway()
  const opened = await runCli(['sessions', 'open', '--agent', 'clerk', '--goal', 'serve', '--json'], { cwd: gateway.folder })
  const { token } = JSON.parse(opened.stdout) as { token: string }
  const { text } = await gateway.callBearing(token, 'for nobody')
  expect(text).toContain('it is lent on behalf of a person, and the session has none')
  expect(gateway.box.calls).toEqual([])
})

const token = (expires: number): { value: string; type: 'id_token'; expires: number } => ({
  value: 'what ann signed in with',
  type: 'id_token',
  expires,
})
const opening = { agent: 'clerk', goal: 'serve', params: {}, person: 'ann', request: null }

const elsewhere = { url: 'http://127.0.0.1:9/mcp', clientSecret: 'x' }

test.each<[string, (session: string, cwd: string) => Promise<unknown>]>([
  ['is revoked', (session, cwd) => runCli(['revoke', 'session', session], { cwd })],
  ['is closed', (session, cwd) => runCli(['sessions', 'close', session], { cwd })],
  ['has its key revoked', (_, cwd) => runCli(['revoke', 'key', 'a-thumbprint'], { cwd })],
])('When a session %s by another process, what its person signed in with is gone, and not only hidden.', async (_, end) => {
  const folder = folderOfPeople(elsewhere, elsewhere)
  const { sessions, personTokens, runtime } = await openedHere(folder)
  const open = (id: string): ReturnType<typeof sessions.open> =>
    sessions.open(runtime.rules.current, { ...opening, lineage: [{ kind: 'key', id }] })
  const [session, other] = [await open('a-thumbprint'), await open('another')]
  for (const one of [session, other]) personTokens.hold(one, token(Date.now() + 60_000))
  expect(await personTokens.of(session)).toMatchObject({ value: 'what ann signed in with' })
  expect(await end(session.id, folder)).toMatchObject({ code: 0 })
  await personTokens.sweep()
  // Whoever could undo all of it in the store finds nothing more to lend.
  const file = new DatabaseSync(join(folder, '.bailiwick', 'bailiwick.db'))
  file.exec("UPDATE sessions SET state = 'active'; DELETE FROM revocations")
  file.close()
  expect(await personTokens.of(session)).toBeNull()
  expect(await personTokens.of(other)).toMatchObject({ value: 'what ann signed in with' })
})

test('A session that may be given back keeps what its person signed in with; one that was delegated goes by that of its root alone.', async () => {
  const folder = folderOfPeople(elsewhere, elsewhere, (manifest) => {
    const agent = { owner: 'tests@corp.example', goals: ['serve'] }
    Object.assign(manifest, { agents: { clerk: { ...agent, delegates: ['helper'] }, helper: agent } })
  })
  let now = Date.now()
  const { sessions, personTokens, revocations, runtime } = await openedHere(folder, () => now)
  const { current } = runtime.rules
  const root = await sessions.open(current, opening)
  const link = { id: 'dlg_1', parent: root.id, part: { tools: { 'crm.look': {} } } }
  const child = await sessions.openDelegated(current, root, {
    agent: 'helper',
    request: null,
    opened: now,
    lineage: [{ kind: 'session', id: root.id }],
    delegation: link as never,
  })
  personTokens.hold(child, { ...token(now + 60_000), value: 'what the delegate says' })
  expect(await personTokens.of(child)).toBeNull()
  personTokens.hold(root, token(now + 50_000))
  personTokens.hold(root, { ...token(now + 40_000), value: 'older' })
  await revocations.revoke({ kind: 'agent', id: 'clerk' }, { by: 'tests', reason: '' })
  await personTokens.sweep()
  for (const session of [root, child]) expect(await personTokens.of(session)).toMatchObject({ value: 'what ann signed in with' })
  now += 50_000
  expect(await personTokens.of(child)).toBe('expired')
  await personTokens.sweep()
  expect(await personTokens.of(root)).toBe('expired')
  await sessions.change(root.id, 'close', 'tests')
  expect(await personTokens.of(child)).toBeNull()
})

test('Where nothing is lent on behalf of people, nothing that they signed in with is kept.', async () => {
  const folder = folderOfPeople(elsewhere, elsewhere, (manifest) => {
    const { crm } = manifest['toolboxes'] as { crm: { credential?: unknown } }
    delete crm.credential
  })
  const { sessions, personTokens, runtime } = await openedHere(folder)
  const session = await sessions.open(runtime.rules.current, opening)
  personTokens.hold(session, token(Date.now() + 60_000))
  expect(await personTokens.of(session)).toBeNull()
})
