import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describe, expect, it, test } from 'vitest'
import { eventually } from '../attack/installation.ts'
import type { ManifestOnDisk } from '../attack/installation.ts'
import { hostileTools } from '../attack/servers/hostile-tools.ts'
import { asks, forbid, openGateway } from './live-gateway.ts'
import type { Called, LiveGateway } from './live-gateway.ts'

const rules = (called: Called): string => called.decision.rule

describe('rules that change while a session is open', () => {
  it('hold from the next call on, when a policy is added and when it is taken away', async () => {
    const gateway = await openGateway()
    const agent = await gateway.connect()
    const before = gateway.digest
    expect((await agent.call('honest', { text: '1' })).text).toBe('said 1')
    await gateway.policy('a.cedar', forbid('honest'))
    await gateway.reload()
    const after = gateway.digest
    expect(await agent.call('honest', { text: '2' })).toMatchObject({ decision: { response: 'deny', tier: 'T2', rule: 'no-honest' } })
    await gateway.remove('policies/a.cedar')
    await gateway.reload()
    expect((await agent.call('honest', { text: '3' })).text).toBe('said 3')
    expect(gateway.files.reached().map((call) => call.params?.arguments?.['text'])).toEqual(['1', '3'])
    expect(gateway.files.entriesOf('decision').map((entry) => entry.policyDigest)).toEqual([before, after, before])
    const policies = { count: 2, changed: 1, names: ['no-honest'] }
    const pins = { count: 2, changed: 0, names: [] }
    expect(gateway.reloads).toMatchObject([
      { event: 'ruleset', policyDigest: after, before, pins, policies },
      { event: 'ruleset', policyDigest: before, before: after, pins, policies: { ...policies, count: 1 } },
    ])
    expect(gateway.lines).toEqual([`rules ${after} are in force instead of ${before}`, `rules ${before} are in force instead of ${after}`])
  })

  it('are told to clients of both eras, which find the tools of the new contract', async () => {
    const gateway = await openGateway()
    for (const legacy of [true, false]) {
      let told = 0
      const agent = await gateway.connect({ legacy, onToolsChanged: () => void (told += 1) })
      if (!legacy) await agent.client.listen({ toolsListChanged: true })
      expect(await agent.tools()).toEqual(['honest', 'act'])
      gateway.edit(({ goals }) => delete goals.goal.tools['box.act'])
      await gateway.reload()
      await eventually(() => told > 0, 'the announcement')
      expect(await agent.tools()).toEqual(['honest'])
      expect(rules(await agent.call('act', { kind: 'pid' }))).toBe('T1.contract')
      gateway.edit(({ goals }) => (goals.goal.tools['box.act'] = {}))
      await gateway.reload()
      expect(await agent.tools()).toEqual(['honest', 'act'])
      expect((await agent.call('act', { kind: 'pid' })).decision.response).toBe('allow')
    }
  })

  it('do not say anything when the files say what they said before', async () => {
    const gateway = await openGateway()
    const manifest = JSON.stringify(JSON.parse(readFileSync(gateway.manifest, 'utf8')))
    await gateway.write('bailiwick.yaml', `# the same\n${manifest}\n`)
    await gateway.reload()
    expect(gateway.reloads).toEqual([])
    expect(gateway.lines).toEqual([])
  })

  it('deny, and do not break, where the agent or its goal is gone', async () => {
    const gateway = await openGateway()
    const agent = await gateway.connect()
    const legacy = await gateway.connect({ legacy: true })
    gateway.edit((manifest) => {
      manifest.goals = { other: manifest.goals.goal } as never
      manifest.agents = { agent: { ...manifest.agents.agent, goals: ['other'] } }
    })
    await gateway.reload()
    for (const one of [agent, legacy]) {
      expect(await one.call('honest', { text: '1' })).toMatchObject({ decision: { response: 'deny', tier: 'T0', rule: 'T0.unknown-goal' } })
      await expect(one.tools()).rejects.toThrow('may no longer pursue `goal`')
    }
    gateway.edit(({ agents }) => {
      agents.other = agents.agent as { goals: string[] }
      delete agents.agent
    })
    await gateway.reload()
    expect(rules(await agent.call('honest', { text: '2' }))).toBe('T0.unknown-agent')
    expect(gateway.files.reached()).toEqual([])
  })

  it('deny a session whose parameters are not those that its goal takes now', async () => {
    const gateway = await openGateway()
    const agent = await gateway.connect()
    gateway.edit(({ goals }) => (goals.goal.params = { week: { type: 'string' } }))
    await gateway.reload()
    const called = await agent.call('honest', { text: '1' })
    expect(rules(called)).toBe('T1.parameters')
    expect(called.text).toContain('`week` is missing; open a new session')
  })

  it('give no session its limits anew, and count what was done before a limit came', async () => {
    const gateway = await openGateway({ goal: { limits: { calls: 2 } } })
    const agent = await gateway.connect()
    const call = async (text: string): Promise<string> => rules(await agent.call('honest', { text }))
    expect([await call('1'), await call('2'), await call('3')]).toEqual(['contract:goal', 'contract:goal', 'T4.calls'])
    gateway.edit(({ goals }) => (goals.goal.limits.calls = 3))
    await gateway.reload()
    expect([await call('4'), await call('5')]).toEqual(['contract:goal', 'T4.calls'])
    gateway.edit(({ goals }) => (goals.goal.limits = { repeats: 20, rates: { 'box.honest': '4/1h' } }))
    await gateway.reload()
    expect([await call('6'), await call('7')]).toEqual(['contract:goal', 'T4.rate'])
  })
})

describe('rules that cannot be used', () => {
  it('leave those in force as they are, are reported with their place once, and recorded; mended, they come into force', async () => {
    const gateway = await openGateway({}, { 'a.cedar': forbid('act') })
    const agent = await gateway.connect()
    const before = gateway.digest
    await gateway.policy('b.cedar', `${forbid('honest')}\nforbid (principal, action == Action::"box.hones", resource);\n`)
    for (let looks = 0; looks < 5; looks += 1) await gateway.watcher.poll()
    expect(gateway.digest).toBe(before)
    expect((await agent.call('honest', { text: '1' })).text).toBe('said 1')
    expect(rules(await agent.call('act', { kind: 'pid' }))).toBe('no-act')
    expect(gateway.lines).toEqual([
      `the rules in force stay as they are (${before}), since those in the files cannot replace them:`,
      expect.stringMatching(/policies\/b\.cedar:4:\d+: .*box\.hones/),
    ])
    expect(gateway.reloads).toMatchObject([{ event: 'refused', policyDigest: before, detail: expect.stringMatching(/b\.cedar:4:/) }])
    await gateway.policy('b.cedar', forbid('honest'))
    await gateway.reload()
    expect(rules(await agent.call('honest', { text: '2' }))).toBe('no-honest')
    expect(gateway.files.entriesOf('decision').map(({ policyDigest }) => policyDigest === before)).toEqual([true, true, false])
  })

  it('are each reported when one follows the other, and once more when they are asked for', async () => {
    const gateway = await openGateway()
    await gateway.policy('a.cedar', 'forbid (principal')
    await gateway.reload()
    await gateway.policy('a.cedar', 'forbid (principal, action')
    await gateway.reload()
    expect(gateway.lines.filter((line) => line.includes('a.cedar:1:'))).toHaveLength(2)
    await gateway.watcher.lookAtOnce()
    expect(gateway.lines.filter((line) => line.includes('a.cedar:1:'))).toHaveLength(3)
    await gateway.remove('policies/a.cedar')
    await gateway.reload()
    expect(gateway.lines.at(-1)).toBe(`the rules are again those in force: ${gateway.digest}`)
  })

  const changes: [string, string, (manifest: ManifestOnDisk) => unknown][] = [
    ['the trust domain', 'trustDomain', (manifest) => (manifest.trustDomain = 'other.example')],
    ['the port', 'http', (manifest) => (manifest.http.port = 7421)],
    ['the arguments of a server', 'toolboxes.box', (manifest) => manifest.toolboxes.box.mcp.args.push('--other')],
    ['the environment of a server', 'toolboxes.box', (manifest) => (manifest.toolboxes.box.mcp.env['MORE'] = '1')],
    ['the time of a server', 'toolboxes.box', (manifest) => (manifest.toolboxes.box.mcp.timeout = '7s')],
    ['the names of tools', 'toolboxes.box', (manifest) => (manifest.toolboxes.box.names = 'prefixed')],
  ]
  it.each(changes)('because %s changed take nothing of the change, and say what needs a restart', async (_what, key, change) => {
    const gateway = await openGateway()
    const before = gateway.digest
    gateway.edit(change)
    await gateway.policy('a.cedar', forbid('honest'))
    await gateway.reload()
    expect(gateway.digest).toBe(before)
    expect(gateway.lines.at(-1)).toBe(`  \`${key}\` changed, which needs a restart; nothing of the change is in force`)
    expect(gateway.reloads).toMatchObject([
      { event: 'refused', policyDigest: before, detail: expect.stringContaining(`\`${key}\` changed`) },
    ])
  })

  it('because a toolbox came back as another one are not taken, though one that is new or gone is', async () => {
    const gateway = await openGateway()
    const agent = await gateway.connect()
    await agent.call('honest', { text: '1' })
    gateway.edit(({ toolboxes, goals }) => {
      toolboxes.more = { ...toolboxes.box, names: 'prefixed' }
      goals.goal.tools['more.honest'] = {}
    })
    const lock = JSON.parse(readFileSync(gateway.path('bailiwick.lock.json'), 'utf8')) as { toolboxes: { box: unknown; more?: unknown } }
    lock.toolboxes.more = lock.toolboxes.box
    await gateway.write('bailiwick.lock.json', JSON.stringify(lock))
    await gateway.reload()
    expect((await agent.call('more__honest', { text: '2' })).text).toBe('said 2')
    gateway.edit(({ toolboxes, goals }) => {
      delete toolboxes.more
      delete goals.goal.tools['more.honest']
    })
    await gateway.reload()
    expect(rules(await agent.call('more__honest', { text: '3' }))).toBe('T1.inventory')
    const before = gateway.digest
    gateway.edit(({ toolboxes, goals }) => {
      toolboxes.more = { ...toolboxes.box, names: 'prefixed', mcp: { ...toolboxes.box.mcp, command: 'another' } }
      goals.goal.tools['more.honest'] = {}
    })
    await gateway.reload()
    expect(gateway.digest).toBe(before)
    expect(gateway.lines.at(-1)).toContain('`toolboxes.more` changed')
  })
})

describe('a call that waits for a person while the rules change', () => {
  /** A call that waits, whatever is done meanwhile, and what came of it. */
  async function waiting(
    policies: Readonly<Record<string, string>>,
    answered: boolean,
  ): Promise<{ gateway: LiveGateway; called: Called; approval: string; state: string }> {
    const gateway = await openGateway({}, { 'a.cedar': asks('honest') })
    const agent = await gateway.connect()
    const calling = agent.call('honest', { text: 'please' })
    const asked = await eventually(() => gateway.files.entriesOf('approval')[0], 'the question')
    await gateway.remove('policies/a.cedar')
    for (const [name, text] of Object.entries(policies)) await gateway.policy(name, text)
    await gateway.watcher.poll()
    const { approvals, approverKey } = gateway.installation
    await gateway.watcher.poll()
    // At once, so that the call finds the answer and the new rules together; before them, it would go through under the old ones.
    if (answered) await approvals.answer(asked.approval, 'approved', { name: 'ann', key: approverKey, rationale: null })
    const called = await calling
    return { gateway, called, approval: asked.approval, state: (await approvals.find(asked.approval)).state }
  }

  it.each([true, false])(
    'goes through when the new ones let it, under their digest and without the approval (approved: %s)',
    async (answered) => {
      const { gateway, called, state } = await waiting({}, answered)
      expect(called).toMatchObject({ text: 'said please', decision: { response: 'allow', rule: 'contract:goal' } })
      expect(state).toBe(answered ? 'approved' : 'pending')
      const [asked, decided] = gateway.files.entriesOf('decision')
      expect([asked?.response, decided?.response, decided?.approval]).toEqual(['ask', 'allow', null])
      expect(asked?.policyDigest).not.toBe(decided?.policyDigest)
      expect(decided?.policyDigest).toBe(gateway.digest)
    },
  )

  it.each([true, false])('is denied when the new ones forbid it (approved: %s)', async (answered) => {
    const { gateway, called } = await waiting({ 'b.cedar': forbid('honest') }, answered)
    expect(called.decision).toMatchObject({ response: 'deny', tier: 'T2', rule: 'no-honest' })
    expect(gateway.files.entriesOf('decision').at(-1)?.policyDigest).toBe(gateway.digest)
    expect(gateway.files.reached()).toEqual([])
  })

  it.each([true, false])(
    'is denied when the new ones ask as well, and asks anew when it is made again (approved: %s)',
    async (answered) => {
      const { gateway, called, approval } = await waiting({ 'a.cedar': `${asks('honest')}\n${forbid('act')}` }, answered)
      expect(called.decision).toMatchObject({ response: 'deny', rule: 'T3.approval' })
      expect(called.text).toContain('the rules changed while a person was waited for; the same call, made again, asks anew')
      expect(gateway.files.entriesOf('decision').at(-1)?.policyDigest).toBe(gateway.digest)
      expect(gateway.files.reached()).toEqual([])
      const agent = await gateway.connect()
      void agent.call('honest', { text: 'please' }).catch(() => {})
      const anew = await eventually(
        () => gateway.files.entriesOf('approval').find((entry) => entry.event === 'asked' && entry.approval !== approval),
        'the new question',
      )
      expect(anew.session).toBe(agent.session)
    },
  )
})

test('Under load, each of 2,000 calls and more is decided, answered, recorded and carried out by one ruleset alone, while 50 others take turns.', async () => {
  const sets = [
    { 'x.cedar': forbid('act'), 'y.cedar': '// nothing\n' },
    { 'x.cedar': '// nothing\n', 'y.cedar': forbid('honest') },
  ] as const
  const gateway = await openGateway({}, sets[0])
  const digests = [gateway.digest]
  const agents = await Promise.all([
    gateway.connect(),
    gateway.connect(),
    gateway.connect({ legacy: true }),
    gateway.connect({ legacy: true }),
  ])
  const answers = new Map<string, { readonly tool: string; readonly note: string; readonly called: Called }>()
  let made = 0
  const worker = async (agent: (typeof agents)[number]): Promise<void> => {
    while (made < 2000 || digests.length <= 50) {
      const note = `n${(made += 1)}`
      const tool = made % 2 === 0 ? 'act' : 'honest'
      const called = await agent.call(tool, tool === 'act' ? { kind: 'none', note } : { text: note })
      answers.set(called.decision.call, { tool, note, called })
    }
  }
  const workers = Promise.all(agents.flatMap((agent) => Array.from({ length: 6 }, () => worker(agent))))
  for (let turn = 1; turn <= 50; turn += 1) {
    for (const [name, text] of Object.entries(sets[turn % 2]!)) await gateway.policy(name, text)
    await gateway.reload()
    digests.push(gateway.digest)
  }
  expect(new Set(digests).size).toBe(2)
  expect(digests.every((digest, index) => digest === digests[index % 2])).toBe(true)
  await workers

  const forbidden = new Map([
    [digests[0], 'act'],
    [digests[1], 'honest'],
  ])
  const decisions = gateway.files.entriesOf('decision')
  expect(decisions).toHaveLength(answers.size)
  expect(answers.size).toBeGreaterThanOrEqual(2000)
  const allowed = new Set<string>()
  for (const entry of decisions) {
    const { tool, note, called } = answers.get(entry.call)!
    const denied = forbidden.get(entry.policyDigest) === tool
    expect(forbidden.has(entry.policyDigest)).toBe(true)
    expect(entry).toMatchObject({ tool: `box.${tool}`, response: denied ? 'deny' : 'allow', rule: denied ? `no-${tool}` : 'contract:goal' })
    expect(called.decision).toMatchObject({ response: entry.response, rule: entry.rule })
    expect(called.text.startsWith(denied ? 'Denied by Bailiwick' : 'said ')).toBe(true)
    if (!denied) allowed.add(note)
  }
  const reached = gateway.files.reached().map((call) => String(call.params?.arguments?.['note'] ?? call.params?.arguments?.['text']))
  expect(new Set(reached)).toEqual(allowed)
  expect(reached).toHaveLength(allowed.size)
  const shares = decisions.filter((entry) => entry.policyDigest === digests[0]).length / decisions.length
  expect(shares).toBeGreaterThan(0.05)
  expect(shares).toBeLessThan(0.95)
  expect(gateway.reloads.map((entry) => entry.event === 'ruleset' && entry.policyDigest)).toEqual(digests.slice(1))
}, 120_000)

test('A call whose toolbox takes its time to start is decided by the rules that came meanwhile.', async () => {
  const gateway = await openGateway()
  const agent = await gateway.connect()
  // The server lists its tools when someone has written to the pipe.
  execFileSync('mkfifo', [gateway.files.toolsFile])
  const calling = agent.call('honest', { text: '1' })
  await eventually(() => gateway.files.reached('started').length > 0, 'the start of the server')
  await gateway.policy('a.cedar', forbid('honest'))
  await gateway.watcher.lookAtOnce()
  await writeFile(gateway.files.toolsFile, JSON.stringify({ tools: hostileTools }))
  expect(rules(await calling)).toBe('no-honest')
  expect(gateway.files.entriesOf('decision').map((entry) => entry.policyDigest)).toEqual([gateway.digest])
})
