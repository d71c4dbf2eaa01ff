import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCiPlatform } from './ci-platform.ts'
import type { JobClaims, JobEnvironment } from './ci-platform.ts'
import { bailiwick, startGateway } from './gateway.ts'
import { freshWorkplace, whatHappened } from './workplace.ts'

const audience = 'https://gateway.corp.example'
const checks: { readonly says: string; readonly holds: boolean }[] = []

const platform = await startCiPlatform()
const folder = freshWorkplace('in-ci')
appendFileSync(
  join(folder, 'bailiwick.yaml'),
  `
trust:
  workloads:
    # Jobs of the main branch of one repository are the assistant. Nothing is stored in the CI system for it.
    - issuer: ${platform.issuer}
      audience: ${audience}
      claims: { repository: corp/shop, ref: refs/heads/main }
      agent: ci-coding-assistant
`,
)
await bailiwick(folder, 'check')
const gateway = await startGateway(folder)
const main = { repository: 'corp/shop', ref: 'refs/heads/main' }

console.log('1. A job of the main branch')
const first = await runJob(platform.startJob(main))
checks.push({
  says: 'it is let in without a secret, and does the task',
  holds: first.code === 0 && whatHappened(folder).host.join() === 'opened' && first.said.includes('done tracker__read_issue'),
})

const strangers: readonly [string, JobClaims][] = [
  ['a fork', { ...main, repository: 'mallory/shop' }],
  ['another branch', { ...main, ref: 'refs/heads/try-this' }],
  ['a pull request', { ...main, ref: 'refs/pull/7/merge' }],
]
for (const [index, [name, claims]] of strangers.entries()) {
  console.log(`\n${index + 2}. A job of ${name}`)
  const { code, said } = await runJob(platform.startJob(claims))
  checks.push({ says: `a job of ${name} is not let in`, holds: code !== 0 && said.includes('invalid_client') })
}

console.log('\n5. A token for another audience')
const elsewhere = await runJob(platform.startJob(main), 'https://registry.corp.example')
checks.push({
  says: 'a token that was made for somebody else is not taken',
  holds: elsewhere.code !== 0 && elsewhere.said.includes('invalid_client'),
})

const [session] = JSON.parse(await bailiwick(folder, 'sessions', '--json')) as { id: string }[]
const entries = JSON.parse(await bailiwick(folder, 'log', 'list', '--all', '--session', session?.id ?? '', '--json')) as {
  type: string
  agent?: string
  proofs?: { agent: { iss: string; sub: string } | null }
}[]
checks.push({
  says: 'each call has a receipt that names the agent',
  holds: entries.filter(({ type, agent }) => type === 'decision' && agent === 'ci-coding-assistant').length === 3,
})
const opened = entries.find(({ type }) => type === 'session')
checks.push({
  says: `the session says which job it was: ${opened?.proofs?.agent?.sub}`,
  holds: opened?.proofs?.agent?.sub === 'repo:corp/shop:ref:refs/heads/main' && opened.proofs.agent.iss === platform.issuer,
})
const { ok } = JSON.parse(await bailiwick(folder, 'log', 'verify', '--json')) as { ok: boolean }
checks.push({ says: 'the ledger verifies', holds: ok })
await gateway.close()
platform.close()

console.log('\nWhat must be true, and whether it is')
for (const { says, holds } of checks) console.log(`  ${holds ? '✓' : '✗'} ${says}`)
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1

/** Runs the job as a runner does: in an environment that holds nothing else. */
async function runJob(environment: JobEnvironment, of = audience): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('pipeline-job.ts', import.meta.url)), '7', join(folder, '.work/repository')],
    {
      env: { ...environment, GATEWAY_URL: gateway.mcp.href, GATEWAY_AUDIENCE: of, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  for (const line of said.split('\n').filter((one) => /^(done|denied|Error:)/.test(one))) console.log(`  ${line}`)
  return { code, said }
}
