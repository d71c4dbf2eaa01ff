import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { CaseResult } from '../../src/evals/run/suite-results.ts'
import { openSuite, traceOf } from '../../src/testing/evaluate.ts'
import type { CaseInput, SharedInput } from '../../src/testing/suite-input.ts'
import { agentFile, inbox, opening } from './inbox.ts'

const letters = { 'mail.list': { result: { letters: [{ from: 'ann@corp.example', text: 'Hello?' }] } } }

async function ran(underTest: SharedInput['underTest'], one: Partial<CaseInput> = {}): Promise<CaseResult> {
  const { manifest } = inbox()
  const { cases, run } = openSuite(manifest, {
    ...opening,
    name: 'agents',
    cases: [{ name: 'one', tools: letters, approvals: [{ tool: 'mail.send' }], ...(underTest === undefined ? {} : { underTest }), ...one }],
  })
  return run(cases[0]!)
}

const answered: Partial<CaseInput> = {
  expect: {
    calls: [{ order: ['mail.list', 'mail.send'] }, { used: 'mail.send', with: { to: 'ann@corp.example' }, times: 1 }],
    answer: { contains: ['Answer the letters of today. 1 answered.'] },
  },
}

test('A function is run with the tools of its goal and its answer is taken, under the production rules.', async () => {
  const result = await ran(async ({ call, tools, request }) => {
    expect(tools.map(({ name }) => name).sort()).toEqual(['mail__list', 'mail__send', 'people__find'])
    await call('mail__list', { folder: 'today' })
    await call('mail__send', { to: 'ann@corp.example', body: 'x' })
    const refused = await call('mail__send', { to: 'spy@evil.example', body: 'x' })
    expect(refused.isError).toBe(true)
    return `${request} 1 answered.`
  }, answered)
  expect(result).toMatchObject({ status: 'passed', failures: [] })
  expect(result.calls.map(({ tool, response, through }) => `${tool} ${response} ${through}`)).toEqual([
    'mail.list allow true',
    'mail.send ask true',
    'mail.send deny false',
  ])
})

test('A module is loaded anew for each run.', async () => {
  expect(await ran({ module: agentFile('letter-agent'), export: 'default' }, answered)).toMatchObject({ status: 'passed', failures: [] })
  const counted = await ran(
    { module: agentFile('letter-agent'), export: 'counting' },
    { repeat: 3, expect: { answer: { contains: ['run 1'] } } },
  )
  expect(counted).toMatchObject({ status: 'passed', runs: 3, passed: 3 })
})

test('An agent that fails, never ends, takes too much memory or is none fails its case with a message that says so.', async () => {
  const module = agentFile('letter-agent')
  const failures = async (name: string): Promise<string | undefined> =>
    (await ran({ module, export: name }, { time: '3s' })).failures[0]?.message
  expect(await failures('failing')).toBe('the agent failed: out of ink')
  expect(await failures('endless')).toBe('the agent did not end in its time')
  expect(await failures('waiting')).toBe('the agent ended its process without an answer, or waits for something that never comes')
  expect(await failures('noFunction')).toContain('is no function')
  expect(await failures('missing')).toContain('does not export `missing`')
  const greedy = await ran({ module, export: 'greedy' }, { time: '30s' })
  expect(greedy.failures[0]?.message).toMatch(/took more memory than its limit of 512 MB/)
})

test('A module that ends its process, kills it or lets an error escape harms only itself.', async () => {
  const module = agentFile('letter-agent')
  const failure = async (name: string): Promise<string | undefined> => (await ran({ module, export: name })).failures[0]?.message
  expect(await failure('leaving')).toBe('the agent ended its process without an answer, or waits for something that never comes')
  expect(await failure('killing')).toBe('the agent ended by SIGKILL and without an answer')
  expect(await failure('escaping')).toMatch(/^the agent ended with exit code 1 and without an answer: [\s\S]*too late/)
  expect(await failure('floodingAnswer')).toBe('the agent answered with more than 1048576 characters')
})

test('A function that waits for ever is ended with its time.', async () => {
  const result = await ran(() => new Promise(() => {}), { time: '1s' })
  expect(result).toMatchObject({ status: 'failed', failures: [{ message: 'the agent did not end in its time' }] })
})

test('A program finds what to do in its environment and arguments, and answers on standard output.', async () => {
  const command = [process.execPath, agentFile('command-agent'), 'work', '${request}']
  expect(
    await ran(
      { command },
      {
        expect: {
          calls: [{ used: 'mail.list', times: 1 }],
          answer: { contains: ['Answer the letters of today.: {"letters":[{"from":"ann@corp.example"'] },
        },
      },
    ),
  ).toMatchObject({ status: 'passed', failures: [] })
})

test('A program is given no secret of whoever runs the suite, and a configuration that MCP clients read.', async () => {
  process.env['BAILIWICK_TEST_SECRET'] = 'hunter2'
  onTestFinished(() => void delete process.env['BAILIWICK_TEST_SECRET'])
  const command = [process.execPath, agentFile('command-agent'), 'environment', '${request}', '${mcp.config}']
  const { manifest } = inbox()
  const { answer } = await traceOf(manifest, {
    ...opening,
    underTest: { command, env: { OWN: 'yes' } },
    model: { script: [{ say: 'hi' }] },
  })
  const environment = JSON.parse(answer ?? '') as Record<string, unknown>
  expect(answer).not.toContain('hunter2')
  expect(environment).toMatchObject({
    OWN: 'yes',
    BAILIWICK_GOAL: 'answer-letters',
    OPENAI_BASE_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/openai\/v1$/) as string,
    config: {
      mcpServers: {
        bailiwick: {
          type: 'http',
          url: environment['BAILIWICK_MCP_URL'],
          headers: { Authorization: `Bearer ${String(environment['BAILIWICK_MCP_TOKEN'])}` },
        },
      },
    },
  })
  const looked = await traceOf(manifest, { ...opening, underTest: { module: agentFile('letter-agent'), export: 'looking' } })
  expect(looked.answer).not.toContain('hunter2')
})

test('A program that hangs is killed with all that it started; one that fails or floods says so.', async () => {
  const command = (mode: string): string[] => [process.execPath, agentFile('command-agent'), mode]
  const hung = await ran({ command: command('hang') }, { time: '2s' })
  expect(hung.failures[0]?.message).toBe('the agent did not end in its time')
  expect((await ran({ command: command('fail') })).failures[0]?.message).toBe('the agent ended with exit code 3: no paper left')
  expect((await ran({ command: ['yes'] }, { time: '20s' })).failures[0]?.message).toContain('the agent wrote more than 1048576 characters')
  expect((await ran({ command: ['/no/such/program'] })).failures[0]?.message).toContain('the agent cannot be started')
})

test('A service is asked over HTTP, and what it answers wrongly is a failure.', async () => {
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      bodies.push(JSON.parse(text))
      if (request.url === '/redirect') return void response.writeHead(302, { location: 'http://evil.example/' }).end()
      if (request.url === '/broken') return void response.writeHead(500).end('no ink')
      if (request.url === '/flood') return void response.end('x'.repeat(2_000_000))
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ answer: `asked by ${String(request.headers['x-tenant'])}` }))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = (path: string) =>
    ran({ url: `${url}${path}`, headers: { 'x-tenant': 'a' } }, { expect: { answer: { contains: ['asked by a'] } } })
  expect(await ask('/')).toMatchObject({ status: 'passed' })
  expect(bodies[0]).toMatchObject({
    request: opening.request,
    goal: 'answer-letters',
    params: { folder: 'today' },
    mcp: { token: expect.any(String) as string },
  })
  expect((await ask('/broken')).failures[0]?.message).toBe('the agent answered with HTTP status 500: no ink')
  expect((await ask('/redirect')).failures[0]?.message).toContain('could not be asked')
  expect((await ask('/flood')).failures[0]?.message).toContain('more than 1048576 bytes')
})

test('Runs know nothing of each other: limits, facts, labels and approvals begin anew.', async () => {
  const result = await ran(
    async ({ call }) => {
      for (let index = 0; index < 10; index += 1) await call('mail__list', { folder: 'today' })
      await call('people__find', { name: 'Ann' })
    },
    { repeat: 4, expect: { calls: [{ count: 11 }], decisions: [{ tool: 'mail.list', response: 'allow' }] } },
  )
  expect(result).toMatchObject({ status: 'passed', runs: 4, passed: 4 })
})
