import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bailiwick, openTask, recordModels } from './gateway.ts'
import { modelAgent } from './model-agent.ts'
import { startModel } from './stand-in-model.ts'

/** As much as is looked at of what `bailiwick log list --all --json` prints for an entry. */
interface Entry {
  readonly type: string
  readonly event?: string
  readonly tool?: string
  readonly status?: string
  readonly responseModel?: string
  readonly toolNames?: readonly string[]
  readonly inputTokens?: number
  readonly outputTokens?: number
}

const state = mkdtempSync(join(tmpdir(), 'support-agent-recorded-'))
const key = 'sk-of-the-company-0123456789'
const model = await startModel()
const governed = await openTask('TCK-1041', state)
const models = await recordModels(governed.session, model.url, key, state)
const checks: { readonly says: string; readonly holds: boolean }[] = []
try {
  const answer = await modelAgent(governed.task, models.url)
  const entries = ((await bailiwick('log', 'list', '--all', '--session', governed.session, '--state', state)) as Entry[]).filter(
    ({ type }) => type === 'model' || type === 'decision',
  )
  for (const entry of entries) console.log(`  ${told(entry)}`)
  checks.push({ says: `the agent found out what it was asked to: ${answer}`, holds: /^storefront is (?:degraded|healthy)\.$/.test(answer) })
  const asked = entries.filter(({ type, event }) => type === 'model' && event === 'asked')
  checks.push({
    says: `the model was asked ${model.asked()} times, and ${asked.length} prompts are on record, each before it left`,
    holds: model.asked() === 3 && asked.length === 3,
  })
  const wanted = entries.flatMap(({ toolNames = [] }) => toolNames.map((name) => name.replace('__', '.')))
  const called = entries.flatMap(({ tool }) => tool ?? [])
  checks.push({
    says: `what the model asked for is what was called: ${wanted.join(', ')}`,
    holds: wanted.length === 2 && wanted.join() === called.join(),
  })
  await bailiwick('sessions', 'revoke', governed.session, '--state', state)
  const refused = await modelAgent(governed.task, models.url).catch((error: unknown) => String(error))
  checks.push({ says: `once the session is revoked: ${refused}`, holds: refused.includes('403') && model.asked() === 3 })
} finally {
  await models.close()
  await governed.close()
  await model.close()
}
const exported = JSON.stringify(await bailiwick('log', 'search', '--payloads', key, '--state', state))
checks.push({ says: 'the key of the provider is nowhere on record', holds: exported === '[]' })
const { ok, entries, open } = (await bailiwick('log', 'verify', '--state', state)) as { ok: boolean; entries: number; open: number }
checks.push({ says: `the ledger verifies: ${entries} entries, ${open} calls open`, holds: ok && open === 0 })
rmSync(state, { recursive: true })
console.log('\nWhat must be true, and whether it is')
for (const { says, holds } of checks) console.log(`  ${holds ? '✓' : '✗'} ${says}`)
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1

function told({ type, event, tool, status, responseModel, toolNames = [], inputTokens, outputTokens }: Entry): string {
  if (type === 'decision') return `tool   ${tool}`
  if (event === 'asked') return 'model  asked'
  return `model  ${status} ${responseModel}, ${inputTokens} + ${outputTokens} tokens${toolNames.length === 0 ? '' : `, wants ${toolNames.join(', ')}`}`
}
