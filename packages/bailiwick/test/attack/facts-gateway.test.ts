import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, describe, expect, it } from 'vitest'
import { AttackInstallation, eventually } from './installation.ts'
import { tellingTools } from './servers/telling-tools.ts'
import { decisionOf, StdioGateway } from './stdio-gateway-process.ts'
import type { Answer } from './stdio-gateway-process.ts'

const installations: AttackInstallation[] = []
const gateways: StdioGateway[] = []
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.kill()))
  for (const installation of installations) installation.remove()
})

const three = `@id("three") forbid(principal, action == Action::"box.move", resource) when { context.facts.moves >= 3 };`

function install(facts: Readonly<Record<string, object>>, policies: string = three): AttackInstallation {
  const installation = new AttackInstallation({ server: 'telling-server.ts', tools: tellingTools, facts, policies })
  installations.push(installation)
  return installation
}

async function gatewayOf(installation: AttackInstallation): Promise<StdioGateway> {
  const gateway = await StdioGateway.start(installation)
  gateways.push(gateway)
  return gateway
}

const moves = { moves: { count: 'box.move', within: '1h', over: 'agent' } }
const said = (answer: Answer): object => ({ response: decisionOf(answer)?.response, rule: decisionOf(answer)?.rule })
const through = { response: 'allow', rule: expect.any(String) as string }
const stopped = { response: 'deny', rule: 'three' }

describe('a gateway, over stdio', () => {
  it('that is killed in the middle of each call has counted each when it is back', async () => {
    const installation = install(
      {
        ...moves,
        done: { count: { tool: 'box.move', outcome: 'ok' }, within: '1h', over: 'agent' },
        lost: { count: { tool: 'box.move', outcome: 'unknown' }, within: '1h', over: 'agent' },
      },
      `${three}
@id("told") forbid(principal, action == Action::"box.give", resource) when { context.facts.moves >= 0 && context.facts.done >= 0 && context.facts.lost >= 0 };`,
    )
    for (let round = 0; round < 3; round += 1) {
      const gateway = await gatewayOf(installation)
      // The tool has it, and never answers.
      gateway.call('move', { reply: '{"waits":true}', units: round }).catch(() => {})
      await eventually(() => installation.reached().length === round + 1, 'the call at the tool')
      await gateway.kill()
    }
    const gateway = await gatewayOf(installation)
    const refused = await gateway.call('move', { units: 9 })
    expect(said(refused)).toEqual(stopped)
    expect(decisionOf(refused)?.reason).toBe('the policy `three` forbids it (`moves` was 3)')
    expect(decisionOf(await gateway.call('give', {}))?.reason).toContain('(`moves` was 3, `done` was 0, `lost` was 3)')
    expect(installation.reached()).toHaveLength(3)
  })

  it('of which two serve one agent in turn lets no more through than one would', async () => {
    const installation = install(moves)
    const pair = [await gatewayOf(installation), await gatewayOf(installation)]
    const answers: Answer[] = []
    for (let index = 0; index < 8; index += 1) answers.push(await pair[index % 2]!.call('move', { units: index }))
    expect(answers.map(said)).toEqual([...Array.from({ length: 3 }, () => through), ...Array.from({ length: 5 }, () => stopped)])
    expect(installation.reached()).toHaveLength(3)
  })

  it('that gets 200 calls in one write lets three through', async () => {
    const installation = install(moves)
    const gateway = await gatewayOf(installation)
    const ids = Array.from({ length: 200 }, (_, index) => `burst ${index}`)
    const answers = Promise.all(ids.map((id) => gateway.answerTo(id, 30_000)))
    const line = (id: string, units: number): string =>
      `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'move', arguments: { units } } })}\n`
    gateway.write(ids.map(line).join(''))
    expect((await answers).filter((answer) => decisionOf(answer)?.response === 'allow')).toHaveLength(3)
    expect(installation.reached()).toHaveLength(3)
  })

  it('keeps apart what the words of JavaScript name, as facts, arguments and values', async () => {
    const installation = install(
      {
        constructor: { count: 'box.move', same: ['input.constructor'], within: '1h' },
        toString: { distinct: 'box.move', of: 'input.toString', within: '1h', over: 'person' },
        valueOf: { count: { tool: 'box.move', outcome: 'ok' }, same: { 'output.constructor': 'input.toString' }, within: '1h' },
      },
      `@id("one") forbid(principal, action == Action::"box.move", resource) when { context.facts.constructor >= 2 || context.facts.valueOf >= 1 };
@id("nobody") forbid(principal, action == Action::"box.give", resource) when { context.facts.toString > 9 };`,
    )
    const gateway = await gatewayOf(installation)
    const move = (args: object): Promise<Answer> => gateway.call('move', { toString: '__proto__', ...args })
    expect(decisionOf(await move({ constructor: 'toString' }))).toMatchObject({ response: 'allow' })
    expect(decisionOf(await move({ constructor: '__proto__' }))).toMatchObject({ response: 'allow' })
    expect(decisionOf(await move({ constructor: 'toString', units: 2 }))).toMatchObject({ response: 'allow' })
    expect(decisionOf(await move({ constructor: 'toString', units: 3 }))?.reason).toContain('(`constructor` was 2, `valueOf` was 0)')
    const result = { content: [], structuredContent: { constructor: 'a' } }
    await move({ constructor: 'z', reply: JSON.stringify({ result }) })
    expect(decisionOf(await move({ toString: 'a' }))?.reason).toContain('`valueOf` was 1')
    // Nobody is behind this session: the fact cannot be told, and is not a function either.
    const refused = decisionOf(await gateway.call('give', {}))
    expect(refused).toMatchObject({ response: 'deny', rule: 'nobody' })
    expect(refused?.reason).toContain('could not be evaluated')
    expect(refused?.reason).not.toContain('native code')
  })

  it('goes on when a tool answers with JSON in a text that no message could be', async () => {
    const installation = install(
      {
        fees: { sum: { tool: 'box.move', outcome: 'ok' }, of: 'output.fee', same: { 'output.id': 'input.account' }, within: '1h' },
      },
      `@id("told") forbid(principal, action == Action::"box.move", resource) when { context.facts.fees.greaterThan(decimal("5.0")) };`,
    )
    const gateway = await gatewayOf(installation)
    const texts = [
      `{"id":${'['.repeat(50_000)}${']'.repeat(50_000)},"fee":9}`,
      String.raw`{"id":{"\ud800":1},"fee":9}`,
      '{"id":"a","id":"b","fee":9}',
      '{"id":"a","fee":9',
    ]
    for (const [units, text] of texts.entries())
      expect(
        decisionOf(
          await gateway.call('move', { account: 'a', units, reply: JSON.stringify({ result: { content: [{ type: 'text', text }] } }) }),
        ),
      ).toMatchObject({ response: 'allow' })
    await gateway.call('move', {
      account: 'b',
      reply: JSON.stringify({ result: { content: [{ type: 'text', text: '{"id":"a","fee":5.25}' }] } }),
    })
    expect(decisionOf(await gateway.call('move', { account: 'a', units: 99 }))?.reason).toContain('(`fees` was 5.2500)')
    await gateway.stop()
    expect(await installation.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
  })

  it('whose rules lose a tool and get it back remembers what it did before', async () => {
    const installation = install(moves)
    const gateway = await gatewayOf(installation)
    for (let units = 0; units < 3; units += 1) expect(said(await gateway.call('move', { units }))).toEqual(through)
    const manifest = readFileSync(join(installation.folder, 'bailiwick.yaml'))
    const policy = join(installation.folder, 'policies', 'a.cedar')
    const replaced = (times: number): Promise<boolean> =>
      eventually(() => gateway.stderr.split('are in force instead of').length - 1 === times, `replacement ${times}`, 10_000)
    writeFileSync(policy, '')
    installation.edit((edited) => {
      delete (edited.toolboxes.box.tools as { move?: object }).move
      delete edited.goals.goal.tools['box.move']
      delete edited.facts
    })
    await replaced(1)
    expect(decisionOf(await gateway.call('move', { units: 3 }))).toMatchObject({ response: 'deny', tier: 'T1' })
    writeFileSync(join(installation.folder, 'bailiwick.yaml'), manifest)
    writeFileSync(policy, three)
    await replaced(2)
    expect(said(await gateway.call('move', { units: 4 }))).toEqual(stopped)
  })
})

describe('a session over HTTP', () => {
  it('is what it was when the gateway was killed and is back', async () => {
    const installation = install({ moves: { count: 'box.move', within: '1h' } })
    const { token } = await installation.json<{ token: string }>('sessions', 'open', '--agent', 'agent', '--goal', 'goal')
    const call = async (url: string, units: number): Promise<string> => {
      const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } })
      const client = new Client({ name: 'attacker', version: '1.0.0' })
      await client.connect(transport)
      try {
        return JSON.stringify(await client.callTool({ name: 'move', arguments: { units } }))
      } finally {
        await client.close()
      }
    }
    for (let round = 0; round < 2; round += 1) {
      const server = await serve(installation)
      try {
        for (const units of [0, 1])
          expect(await call(server.url, round * 2 + units)).toContain(round === 1 && units === 1 ? '`moves` was 3' : 'content')
      } finally {
        server.child.kill('SIGKILL')
        await server.ended
      }
    }
    expect(installation.reached()).toHaveLength(3)
  })
})

async function serve(installation: AttackInstallation): Promise<{ url: string; child: ChildProcess; ended: Promise<unknown> }> {
  const { args, env } = installation.command('up', '--port', '0', '--json')
  const child = spawn(process.execPath, args, {
    cwd: installation.folder,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  const ended = once(child, 'exit')
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    ended.then(([code]) => Promise.reject(new Error(`the gateway ended with ${String(code)}`))),
  ])
  return { url: (JSON.parse(line) as { url: string }).url, child, ended }
}

describe('a manifest with 2,000 facts', () => {
  it('is checked in seconds, and a call costs what its own facts cost', async () => {
    const facts = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [`f${index}`, { count: 'box.move', within: `${index + 1}s` }]),
    )
    const installation = install(
      facts,
      `forbid(principal, action == Action::"box.move", resource) when { context.facts.f7 >= 3 || context.facts.f1999 >= 3 };`,
    )
    const started = performance.now()
    expect((await installation.cli('check')).code).toBe(0)
    expect(performance.now() - started).toBeLessThan(10_000)
    const gateway = await gatewayOf(installation)
    for (let units = 0; units < 3; units += 1) expect(said(await gateway.call('move', { units }))).toEqual(through)
    expect(decisionOf(await gateway.call('move', { units: 4 }))?.reason).toContain('`f1999` was 3')
  })
})
