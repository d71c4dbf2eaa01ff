import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { AttackInstallation, eventually } from './installation.ts'
import type { InstallationPlan } from './installation.ts'
import { decisionOf, StdioGateway, textOf } from './stdio-gateway-process.ts'

const open: [AttackInstallation, StdioGateway][] = []
afterEach(async () => {
  for (const [installation, gateway] of open.splice(0)) {
    await gateway.kill()
    installation.remove()
  }
})

/** `bailiwick mcp` on an installation that `prepare` has changed before. */
async function start(
  plan: InstallationPlan = {},
  prepare: (installation: AttackInstallation) => void = () => {},
  ...options: string[]
): Promise<[AttackInstallation, StdioGateway]> {
  const installation = new AttackInstallation(plan)
  prepare(installation)
  const gateway = await StdioGateway.start(installation, ...options)
  open.push([installation, gateway])
  return [installation, gateway]
}

function policy({ folder }: AttackInstallation, name: string, text: string): void {
  mkdirSync(join(folder, 'policies'), { recursive: true })
  writeFileSync(join(folder, 'policies', name), text)
}

const withPathSink = (installation: AttackInstallation): void =>
  installation.edit(({ toolboxes }) => (toolboxes.box.tools.honest.sinks = { path: 'path' }))

const forbid = (tool: string): string => `@id("no-${tool}")\nforbid (principal, action == Action::"box.${tool}", resource);\n`
const inForce = (gateway: StdioGateway): number => gateway.stderr.split('are in force instead of').length - 1

/** Waits until so many replacements have come into force. */
const replaced = (gateway: StdioGateway, times: number): Promise<boolean> =>
  eventually(() => inForce(gateway) === times, `replacement ${times}`, 10_000)

describe('a gateway that runs', () => {
  it('takes what is saved within a few seconds, keeps it when what follows is broken, and says where', async () => {
    const [installation, gateway] = await start()
    policy(installation, 'a.cedar', forbid('honest'))
    await replaced(gateway, 1)
    expect(decisionOf(await gateway.call('honest', { text: '1' }))).toMatchObject({ response: 'deny', rule: 'no-honest' })
    expect(gateway.unasked.map((message) => message.method)).toContain('notifications/tools/list_changed')
    policy(installation, 'a.cedar', 'permit (principal, action, resource) when { context.input.none == 1 };')
    await eventually(() => gateway.stderr.includes('a.cedar:1:'), 'the report', 10_000)
    expect(decisionOf(await gateway.call('honest', { text: '2' }))).toMatchObject({ response: 'deny', rule: 'no-honest' })
    // Once for the fault, and not once for each look.
    await sleep(2500)
    expect(gateway.stderr.split('the rules in force stay as they are')).toHaveLength(2)
    // People can look and intervene all the while.
    writeFileSync(join(installation.folder, 'bailiwick.lock.json'), '{')
    installation.edit((manifest) => Object.assign(manifest, { unknown: 'key' }))
    expect(await installation.json('approvals')).toEqual([])
    expect(await installation.json('sessions', 'revoke', gateway.session)).toMatchObject({ state: 'revoked' })
    expect(decisionOf(await gateway.call('honest', { text: '3' }))).toMatchObject({ response: 'deny', rule: 'T0.revoked' })
    await gateway.stop()
    expect(await installation.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
  })

  it('looks at once when it gets SIGHUP, and goes on', async () => {
    const [installation, gateway] = await start()
    gateway.child.kill('SIGHUP')
    await eventually(() => gateway.stderr.includes('the rules are as they were: sha256:'), 'the answer to SIGHUP')
    policy(installation, 'a.cedar', forbid('honest'))
    gateway.child.kill('SIGHUP')
    await replaced(gateway, 1)
    expect(decisionOf(await gateway.call('honest', { text: '1' }))).toMatchObject({ rule: 'no-honest' })
  })

  it('keeps to its rules with `--no-reload`, and ends at SIGHUP', async () => {
    const [installation, gateway] = await start({}, () => {}, '--no-reload')
    policy(installation, 'a.cedar', forbid('honest'))
    await sleep(3000)
    expect(textOf(await gateway.call('honest', { text: '1' }))).toBe('said 1')
    gateway.child.kill('SIGHUP')
    await gateway.exited()
    expect(gateway.child.exitCode).toBe(0)
  })

  it('ends with its client although it watches', async () => {
    const [, gateway] = await start()
    const ended = performance.now()
    await gateway.stop()
    expect(performance.now() - ended).toBeLessThan(5000)
    expect(gateway.child.exitCode).toBe(0)
  })
})

describe('an agent that wants to write its own rules', () => {
  const refused = async (gateway: StdioGateway, path: string): Promise<void> => {
    const answer = await gateway.call('honest', { text: 'write', path })
    expect(decisionOf(answer), path).toMatchObject({ response: 'deny', rule: 'T1.own-files' })
  }

  it('reaches neither manifest, lock, policies nor keys, before and after they changed', async () => {
    const [installation, gateway] = await start({}, withPathSink)
    const own = ['bailiwick.yaml', 'bailiwick.lock.json', 'policies/new.cedar', '.bailiwick/keys/approver.key', '.bailiwick/bailiwick.db']
    for (const name of own) await refused(gateway, join(installation.folder, name))
    policy(installation, 'a.cedar', forbid('act'))
    await replaced(gateway, 1)
    for (const name of own) await refused(gateway, join(installation.folder, name))
    await refused(gateway, './policies/../policies/new.cedar')
    expect(installation.reached()).toEqual([])
  })

  it('reaches neither a folder of policies that was linked into its place, nor a policy that is a link', async () => {
    const [installation, gateway] = await start({}, (one) => {
      withPathSink(one)
      for (const name of ['shared', 'v1', 'v2', 'data']) mkdirSync(join(one.folder, name))
      writeFileSync(join(one.folder, 'shared/common.cedar'), forbid('act'))
      for (const name of ['v1', 'v2']) symlinkSync('../shared/common.cedar', join(one.folder, name, 'common.cedar'))
      symlinkSync('v1', join(one.folder, 'policies'))
    })
    const at = (name: string): string => join(installation.folder, name)
    for (const name of ['shared/common.cedar', 'v1/new.cedar']) await refused(gateway, at(name))
    rmSync(at('policies'))
    symlinkSync('v2', at('policies'))
    writeFileSync(at('v2/more.cedar'), '// more\n')
    writeFileSync(at('v2/other.cedar'), '@id("other") forbid (principal, action == Action::"box.act", resource);\n')
    await replaced(gateway, 1)
    for (const name of ['shared/common.cedar', 'v2/new.cedar', 'policies/new.cedar']) await refused(gateway, at(name))
    // The same rules from another place.
    renameSync(at('v2/other.cedar'), at('shared/other.cedar'))
    symlinkSync('../shared/other.cedar', at('v2/other.cedar'))
    gateway.child.kill('SIGHUP')
    await eventually(() => gateway.stderr.includes('the rules are as they were'), 'the answer to SIGHUP')
    await refused(gateway, at('shared/other.cedar'))
    expect(decisionOf(await gateway.call('honest', { text: 'ok', path: at('data/report.md') }))).toMatchObject({ response: 'allow' })
  })
})

describe('a toolbox whose contract was narrowed while it was connected', () => {
  it('may no longer ask the agent for what it was told at the start that it may', async () => {
    const [installation, gateway] = await start({ goal: { allow: ['sampling', 'elicitation', 'logging'] } })
    gateway.call('act', { kind: 'ask-back' }).catch(() => {})
    const asked = (method: string): number => gateway.unasked.filter((message) => message.method === method).length
    await eventually(() => asked('sampling/createMessage') > 0, 'the question that is allowed')
    installation.edit(({ goals }) => (goals.goal.allow = []))
    await replaced(gateway, 1)
    const before = asked('sampling/createMessage') + asked('elicitation/create') + asked('notifications/message')
    expect(textOf(await gateway.call('act', { kind: 'ask-back', note: 'again' }))).toBe('asked')
    await gateway.call('act', { kind: 'leak-log' })
    expect(asked('sampling/createMessage') + asked('elicitation/create') + asked('notifications/message')).toBe(before)
    const subjects = installation.entriesOf('event').map((entry) => entry.subject)
    expect(subjects).toContain('box sampling/createMessage')
  })

  it('may not be used any more for a tool that the contract has lost, and is not asked for its tools', async () => {
    const [installation, gateway] = await start()
    expect(textOf(await gateway.call('honest', { text: '1' }))).toBe('said 1')
    installation.edit(({ goals }) => (goals.goal.tools = {}))
    await replaced(gateway, 1)
    expect(decisionOf(await gateway.call('honest', { text: '2' }))).toMatchObject({ response: 'deny', rule: 'T1.contract' })
    expect((await gateway.request('tools/list')).result?.['tools']).toEqual([])
    expect(installation.reached()).toHaveLength(1)
  })
})
