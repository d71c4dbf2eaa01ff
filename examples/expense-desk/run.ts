import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signIn } from './application.ts'
import { NotLetIn, workFor } from './assistant.ts'
import { Browser } from './browser.ts'
import { bailiwick, startGateway } from './gateway.ts'
import { startIdentityProvider } from './identity-provider.ts'

/** As much as is looked at of what `bailiwick log list --json` prints. */
interface Entry {
  readonly type: string
  readonly agentId?: string
  readonly person?: string | null
  readonly tool?: string
  readonly rule?: string
  readonly by?: string
  readonly proofs?: { readonly person: { readonly iss: string } | null }
}

const example = fileURLToPath(new URL('.', import.meta.url))
const folder = join(example, '.work', 'desk')
const month = '2026-10'
const claim = { month, claim: 'E-17', amount: 84 }
const expenses = { clientId: 'expense-desk', redirect: 'http://127.0.0.1/expenses' }
const canteen = { clientId: 'canteen', redirect: 'http://127.0.0.1/canteen' }
const checks: { readonly says: string; readonly holds: boolean }[] = []
const check = (says: string, holds: boolean): void => void checks.push({ says, holds })

const provider = await startIdentityProvider({ [expenses.clientId]: expenses.redirect, [canteen.clientId]: canteen.redirect })
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const part of ['bailiwick.yaml', 'bailiwick.lock.json', 'expenses-server.ts', 'policies'])
  cpSync(join(example, part), join(folder, part), { recursive: true })
appendFileSync(
  join(folder, 'bailiwick.yaml'),
  `
trust:
  # Who a person is, says the company's provider, to this application alone.
  people: { issuer: "${provider.issuer}", clientId: ${expenses.clientId}, claim: email, domains: [corp.example] }
`,
)
for (const name of ['agent', 'thief']) await bailiwick(folder, 'agents', 'keygen', '--out', `${name}.jwk`)
const { x } = JSON.parse(readFileSync(join(folder, 'agent.jwk'), 'utf8')) as { readonly x: string }
await bailiwick(folder, 'agents', 'register', 'expense-assistant', '--key', x)
const gateway = await startGateway(folder)
const keyFile = join(folder, 'agent.jwk')

try {
  console.log('1. Ann and Bob sign in at the application, and its assistant works for both')
  const signedIn = await signIn(expenses, provider.issuer, new Browser('ann@corp.example'))
  const forAnn = await workFor(signedIn, gateway.mcp, keyFile, month)
  const forBob = await workFor(await signIn(expenses, provider.issuer, new Browser('bob@corp.example')), gateway.mcp, keyFile, month)
  check(
    `its token is about ${forAnn.subject}, for whom ${forAnn.actor} acts`,
    forAnn.subject === 'ann@corp.example' && forAnn.actor === 'spiffe://corp.example/agent/expense-assistant',
  )
  const read = [await forAnn.call('expenses__list_claims', { month }), await forBob.call('expenses__list_claims', { month })]
  check(
    'for both it may look through the claims',
    read.every(({ ok }) => ok),
  )
  check('for Ann it may have one paid', (await forAnn.call('expenses__pay_claim', claim)).ok)
  const denied = await forBob.call('expenses__pay_claim', { ...claim, claim: 'E-18' })
  console.log(`  Bob: ${denied.text.split('\n')[0]}`)
  check('for Bob the same is denied, by the policy that asks who signed in', !denied.ok && denied.text.includes('approve payments'))

  console.log('\n2. Others try')
  const stranger = await signIn(expenses, provider.issuer, new Browser('mallory@other.example'))
  const elsewhere = await signIn(canteen, provider.issuer, new Browser('ann@corp.example'))
  await refused('a person of another domain is not let in', 'invalid_grant', stranger)
  await refused(
    'what Ann signed in with two hours ago is not taken',
    'invalid_grant',
    await provider.oldIdToken(expenses.clientId, 'ann@corp.example'),
  )
  await refused('what she signed in with at another application is not taken', 'invalid_grant', elsewhere)
  await refused('what was stolen of her is good for nothing without the key of the agent', 'invalid_client', signedIn, 'thief.jwk')

  console.log("\n3. The provider ends Ann's sessions, and tells the gateway")
  const status = await provider.revokeSessions(new URL('/oauth/events', gateway.mcp), expenses.clientId, 'ann@corp.example')
  const after = await forAnn
    .call('expenses__pay_claim', { ...claim, claim: 'E-19' })
    .catch((error: unknown) => ({ ok: false, text: String(error) }))
  console.log(`  Ann: ${after.text.split('\n')[0]}`)
  check("the assistant's next call for her is denied", status === 202 && !after.ok && after.text.includes('revoked'))
  await refused('what she had signed in with, which has not expired, opens no other session', 'invalid_grant', signedIn)
  check('it goes on for Bob', (await forBob.call('expenses__list_claims', { month })).ok)

  const entries = (await bailiwick(folder, 'log', 'list', '--all')) as Entry[]
  const decisions = entries.filter(({ type }) => type === 'decision')
  const names = decisions.map(({ agentId, person }) => `${agentId} for ${person}`)
  check(
    'each receipt names the person and the agent',
    names.length > 0 &&
      names.every((name) => /^spiffe:\/\/corp\.example\/agent\/expense-assistant for (ann|bob)@corp\.example$/.test(name)),
  )
  const opened = entries.filter(({ proofs }) => proofs?.person?.iss === provider.issuer)
  check('the sessions say who vouched for the person, and nobody else got one', opened.length === 2)
  check(
    'who ended hers is on record',
    entries.some(({ type, by }) => type === 'revocation' && by === `event of ${provider.issuer}`),
  )
  check('of what they signed in with, nothing is', !JSON.stringify(entries).includes(signedIn))
  await Promise.all([forAnn.close(), forBob.close()])
} finally {
  await gateway.close()
  provider.close()
}
const log = join(folder, '.work/paid.jsonl')
const paid = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
check(`what was really paid: ${paid.join()}`, paid.join() === JSON.stringify(claim))
const { ok } = (await bailiwick(folder, 'log', 'verify')) as { readonly ok: boolean }
check('the ledger verifies', ok)

console.log('\nWhat must be true, and whether it is')
for (const { says, holds } of checks) console.log(`  ${holds ? '✓' : '✗'} ${says}`)
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1

/** Tries to have the assistant work by an ID token, which must not be. */
async function refused(says: string, error: string, idToken: string, key = 'agent.jwk'): Promise<void> {
  try {
    const assistant = await workFor(idToken, gateway.mcp, join(folder, key), month)
    await assistant.close()
    check(says, false)
  } catch (cause) {
    if (!(cause instanceof NotLetIn)) throw cause
    console.log(`  ${cause.message}`)
    check(says, cause.message.startsWith(error))
  }
}
