import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { keyFrom } from './agent-key.ts'
import { Editor } from './editor.ts'
import { bailiwick, startGateway } from './gateway.ts'
import { findDoor } from './gateway-door.ts'
import type { Answer } from './gateway-door.ts'
import { happeningsIn } from './happenings.ts'
import { SpawnedAgent } from './spawned-agent.ts'

/** As much as is looked at of what `bailiwick log list --json` prints for a decision. */
interface Decision {
  readonly type: string
  readonly agent: string
  readonly rule: string
  readonly delegation: readonly { readonly agent: string }[]
}

const [news, director, elsewhere] = ['https://press.example.org/new', 'https://press.example.org/director', 'https://example.org/']
const mail = { to: 'all@list.corp.example', subject: 'Week 7', text: 'The observatory opens on Friday.' }
const work = fileURLToPath(new URL('.work/', import.meta.url))
rmSync(work, { recursive: true, force: true })
mkdirSync(work)
const checks: { readonly says: string; readonly holds: boolean }[] = []
const check = (says: string, holds: boolean): void => void checks.push({ says, holds })

for (const agent of ['editor', 'researcher', 'checker']) {
  const { x } = (await bailiwick('agents', 'keygen', '--out', `.work/${agent}.jwk`)) as { readonly x: string }
  await bailiwick('agents', 'register', agent, '--key', x)
}
const gateway = await startGateway()
const [researcher, checker] = ['researcher', 'checker'].map((name) => new SpawnedAgent(name, `${work}${name}.jwk`)) as [
  SpawnedAgent,
  SpawnedAgent,
]
try {
  const editor = await Editor.begin(await findDoor(gateway.mcp), await keyFrom(`${work}editor.jwk`), '2026-W07')
  await byExchange(editor)
  await offline(editor)
  await inTheRecord(editor)
  await cut(editor)
  await editor.tools.close()
} finally {
  await Promise.all([researcher.end(), checker.end()])
  await gateway.close()
}
const sent = happeningsIn(`${work}mail.jsonl`)
const fetched = happeningsIn(`${work}web.jsonl`).map(({ args }) => args['url'])
check(
  `of all that was asked for, the tools were reached by: ${fetched.join(', ')}, and ${sent.length} mail`,
  fetched.length === 3 && sent.length === 1,
)
const { ok } = (await bailiwick('log', 'verify')) as { readonly ok: boolean }
check('the ledger is whole', ok)

console.log('\nWhat must be true, and whether it is')
for (const { says, holds } of checks) console.log(`  ${holds ? '✓' : '✗'} ${says}`)
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1

/** The researcher gets its part from the gateway, at the editor's request. */
async function byExchange(editor: Editor): Promise<void> {
  console.log('1. The editor asks the gateway to hand a part on to the researcher: pages of press.example.org, three calls, five minutes')
  const part = {
    tools: { 'web.fetch': { url: { domain: 'press.example.org' } } },
    limits: { calls: 3 },
    lifetime: '5m',
    request: 'What is new?',
  }
  const names = await researcher.connect(gateway.mcp, await editor.handOn(researcher, part))
  check(
    `the editor finds ${editor.tools.names.length} tools, the researcher ${names.join()}`,
    names.join() === 'web__fetch' && editor.tools.names.length === 2,
  )
  const page = await researcher.call('web__fetch', { url: news })
  check(`the researcher read: ${page.text}`, page.ok && page.text.includes('observatory'))
  denied('the researcher, of another site', await researcher.call('web__fetch', { url: elsewhere }), 'T1.part')
  denied('the researcher, of a mail', await researcher.call('mail__send', mail), 'T1.part')
  const wider = { tools: { 'web.fetch': { url: { domain: 'evil.example' } } } }
  const refused = await editor.handOn(researcher, wider).catch((error: unknown) => String(error))
  check(
    `more than the editor has itself is not handed on: ${refused.slice(0, 110)}…`,
    refused.includes('it is wider than what the session'),
  )
}

/** The checker gets its part from the editor alone; the gateway hears of it when the checker comes. */
async function offline(editor: Editor): Promise<void> {
  console.log('2. The editor makes a token for the checker by itself: one page, two minutes')
  const root = await editor.attenuable()
  const chain = await editor.attenuate(root, checker, { 'web.fetch': { url: { constraint_type: 'exact', value: director } } }, 2)
  const known = (await sessions()).filter(({ agent }) => agent === 'checker').length
  const names = await checker.connect(gateway.mcp, chain)
  const opened = (await sessions()).filter(({ agent }) => agent === 'checker').length
  check(
    `the gateway knew ${known} sessions of the checker before it came, and ${opened} after`,
    names.join() === 'web__fetch' && known === 0 && opened === 1,
  )
  const page = await checker.call('web__fetch', { url: director })
  check(`the checker read: ${page.text}`, page.ok && page.text.includes('Okafor'))
  denied('the checker, of another page', await checker.call('web__fetch', { url: news }), 'T1.part')
  const wider = { 'web.fetch': {}, 'web.post': {} }
  const refused = await editor.attenuate(root, checker, wider, 2).catch((error: unknown) => String(error))
  check(`a token with a tool more is not even made: ${refused}`, refused.includes('it is wider than the token'))
  const stolen = await Promise.all([chain, root].map((token) => stolenBy(token)))
  check(
    `a thief of the chain, or of what it was made of, gets ${stolen.join(' and ')}`,
    stolen.every((status) => status === 401),
  )
}

/** What the ledger and the inventory say of the two. */
async function inTheRecord(editor: Editor): Promise<void> {
  console.log('3. What is on record')
  const { delegated } = (await bailiwick('inventory', '--home', work)) as {
    readonly delegated: readonly { readonly agent: string; readonly from: string; readonly parent: string }[]
  }
  const below = delegated.filter(({ from, parent }) => from === 'editor' && parent === editor.session).map(({ agent }) => agent)
  check(`the inventory has, below the editor's session: ${below.toSorted().join(', ')}`, below.toSorted().join() === 'checker,researcher')
  const decisions = ((await bailiwick('log', 'list', '--all')) as readonly Decision[]).filter(({ type }) => type === 'decision')
  const named = decisions.filter(({ agent, delegation }) => agent !== 'editor' && delegation.map((one) => one.agent).join() === 'editor')
  check(`${named.length} receipts name the editor as who has delegated`, named.length === 5)
}

/** The editor is cut off, and with it what it has handed on. */
async function cut(editor: Editor): Promise<void> {
  console.log('4. The editor sends the letter, and is cut off')
  const letter = await editor.tools.call('mail__send', mail)
  const again = await researcher.call('web__fetch', { url: news })
  check('until then all go on', letter.ok && again.ok)
  await bailiwick('revoke', 'agent', 'editor', '--because', 'it was seen elsewhere')
  denied('the researcher, after the editor was cut off', await researcher.call('web__fetch', { url: news }), 'T0.revoked')
  denied('the checker, after the editor was cut off', await checker.call('web__fetch', { url: director }), 'T0.revoked')
}

function denied(what: string, { ok: done, text }: Answer, rule: string): void {
  check(`${what}: ${text}`, !done && text.includes(rule))
}

async function sessions(): Promise<readonly { readonly agent: string }[]> {
  return (await bailiwick('sessions')) as readonly { readonly agent: string }[]
}

/** What the gateway answers to who has a token and not its key. */
async function stolenBy(token: string): Promise<number> {
  const headers = { authorization: `DPoP ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
  return (await fetch(gateway.mcp, { method: 'POST', headers, body })).status
}
